/**
 * projects.json: every project that is known, on all hosts. People edit it as well: unknown fields stay.
 *
 * @module
 */
import * as z from 'zod';

/** A file of a larger one was written by a later dlaunch, and is left alone. */
export const REGISTRY_VERSION = 1;

const useSchema = z.looseObject({
  rank: z.number().min(0).describe('grows by 1 with each launch, shrinks with all others when there are too many'),
  last: z.number().describe('of the last launch, milliseconds since 1970'),
  command: z.string().optional().describe('the name of the command that was launched last'),
});

const locationSchema = z.looseObject({
  path: z.string().min(1).describe('absolute, on that host'),
  missingSince: z.number().optional().describe('the folder is not there since then, milliseconds since 1970'),
});

export const projectSchema = z.looseObject({
  id: z
    .string()
    .min(1)
    .describe('the same on every host: the git remote as host/owner/name, else the host and the path there'),
  name: z.string().min(1).describe('what it is called by'),
  aliases: z.array(z.string().min(1)).default([]).describe('other names; they never shift with use'),
  tags: z.array(z.string().min(1)).default([]),
  notes: z.string().optional().describe('for people; dlaunch keeps it as it is'),
  kinds: z.array(z.string()).default([]).describe('what it is made with, the main one first'),
  members: z.array(z.string()).default([]).describe('folders inside that are projects of their own'),
  parent: z.string().optional().describe('id of the project that this is a member of'),
  command: z.string().optional().describe('the name of the command that Enter runs, if not the best one'),
  usual: z.string().optional().describe('that command as it was last seen, to show it at once'),
  locations: z.record(z.string(), locationSchema).default({}).describe('by host'),
  use: z.record(z.string(), useSchema).default({}).describe('by host'),
});
export type Project = z.infer<typeof projectSchema>;

export const registrySchema = z
  .looseObject({
    $schema: z.string().optional(),
    version: z.literal(REGISTRY_VERSION, 'This file is of another version of dlaunch').default(REGISTRY_VERSION),
    notes: z.string().optional().describe('for people; dlaunch keeps it as it is'),
    projects: z.array(projectSchema),
  })
  .superRefine(({ projects }, context) => {
    const seen = new Set<string>();
    projects.forEach(({ id }, i) => {
      if (seen.has(id))
        context.addIssue({ code: 'custom', message: `${id} stands there twice`, path: ['projects', i, 'id'] });
      seen.add(id);
    });
  });
export type Registry = z.infer<typeof registrySchema>;
