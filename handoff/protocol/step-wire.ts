/**
 * Steps as lines of JSON: `{id, step, params}` one way, `{id, result}` or `{id, error}` the other.
 *
 * @module
 */
import * as z from 'zod';
import type { WireError } from '../../agent/control/wire.ts';

/** Scrollback is the longest thing that a step carries. */
export const MAX_LINE_BYTES = 256 * 1024 * 1024;

/** What the far side says first; what came before it is noise of a start-up file. */
export const GREETING = '{"dsync":"handoff steps 1"}';

export const requestSchema = z.object({ id: z.int(), step: z.string(), params: z.unknown() });
export const replySchema = z.union([
  z.object({ id: z.int(), error: z.object({ code: z.string(), message: z.string(), cure: z.string() }) }),
  z.object({ id: z.int(), result: z.unknown() }),
]);

export type StepReply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: WireError };
