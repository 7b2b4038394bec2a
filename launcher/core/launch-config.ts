/**
 * The `launch` section of a project's .dsync.json. It travels with the project, so it names no host and no absolute path.
 *
 * @module
 */
import * as z from 'zod';

const runSchema = z
  .union([z.string().min(1), z.array(z.string()).min(1)], 'A command is a line for the shell, or a list of arguments')
  .describe('a line for sh, or a list of arguments');

const insideSchema = z
  .string()
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'It should be a path inside the project');

const launchCommandSchema = z
  .strictObject({
    run: runSchema.optional(),
    start: z.array(z.string()).min(1).optional().describe('in place of `run`: names of commands to start together'),
    folder: insideSchema.default('').describe('where it runs, inside the project'),
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
      .default({})
      .describe('added to the environment'),
    port: z.int().min(1).max(65_535).optional().describe('where it will listen; also given to it as PORT'),
    portFlag: z
      .array(z.string())
      .optional()
      .describe('goes before another port, for a command that does not read PORT'),
    health: z.string().startsWith('/').optional().describe('a path that answers over HTTP once it is ready'),
    before: z.array(runSchema).default([]).describe('run to their end, in order, before it'),
    after: z.array(z.string()).default([]).describe('names of commands that are ready before it starts'),
    about: z.string().default('').describe('shown in lists'),
  })
  .refine(({ run, start }) => (run === undefined) !== (start === undefined), 'It needs either `run` or `start`');

export const launchSchema = z.strictObject({
  default: z.string().optional().describe('the name of the command that Enter runs'),
  commands: z.record(z.string().min(1), launchCommandSchema).describe('by name'),
});
export type LaunchConfig = z.infer<typeof launchSchema>;
