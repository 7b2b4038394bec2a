/**
 * A project's `.env`, as far as push and pull are concerned. It is read, never run: nothing in it expands.
 *
 * @module
 */
import * as z from 'zod';
import { parseWords } from '../../../platform/shell-words.ts';
import { parseRsyncOptions, type RsyncOptions } from '../../transfer/rsync-options.ts';
import { parseRemote, type Remote } from './remote.ts';

/** The first of each that is there counts. */
export const REMOTE_KEYS = ['DSYNC_REMOTE', 'AMPLIFIER_SYNC_REMOTE'] as const;
export const OPTIONS_KEYS = ['DSYNC_OPTIONS', 'AMPLIFIER_SYNC_OPTIONS'] as const;

export interface ProjectEnv {
  readonly remote: Remote | undefined;
  readonly options: RsyncOptions | undefined;
}

export type ParsedProjectEnv =
  | ({ readonly kind: 'env' } & ProjectEnv)
  /** `line` from 1. */
  | { readonly kind: 'fault'; readonly line: number; readonly fault: string };

const remoteSchema = z.string().transform((text, context): Remote => {
  const parsed = parseRemote(text);
  if (parsed.kind === 'remote') {
    const { destination, port, path } = parsed;
    return { destination, port, path };
  }
  context.addIssue({ code: 'custom', message: `“${text}” is no HOST:PATH: ${parsed.fault}` });
  return z.NEVER;
});

const optionsSchema = z.string().transform((text, context): RsyncOptions => {
  const words = parseWords(text);
  const parsed = words.kind === 'fault' ? words : parseRsyncOptions(words.words, 'project');
  if (parsed.kind === 'options') {
    const { kind: _, ...options } = parsed;
    return options;
  }
  context.addIssue({ code: 'custom', message: parsed.kind === 'fault' ? parsed.fault : 'it cannot be read' });
  return z.NEVER;
});

/** Lines that are none of ours may hold what they like. */
export function parseProjectEnv(text: string): ParsedProjectEnv {
  const found = new Map<string, { readonly value: string; readonly line: number }>();
  for (const [at, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const [, key, rest] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(raw) ?? [];
    if (key === undefined || rest === undefined || ![...REMOTE_KEYS, ...OPTIONS_KEYS].some((own) => own === key))
      continue;
    const value = parseValue(rest);
    if (value.kind === 'fault') return { kind: 'fault', line: at + 1, fault: `${key}: ${value.fault}` };
    // A later line of the same name wins, as in a shell.
    found.set(key, { value: value.value, line: at + 1 });
  }
  const remote = read(found, REMOTE_KEYS, remoteSchema);
  if (remote.kind === 'fault') return remote;
  const options = read(found, OPTIONS_KEYS, optionsSchema);
  if (options.kind === 'fault') return options;
  return { kind: 'env', remote: remote.value, options: options.value };
}

function read<S extends z.ZodType>(
  found: ReadonlyMap<string, { readonly value: string; readonly line: number }>,
  keys: readonly string[],
  schema: S,
): { readonly kind: 'value'; readonly value: z.infer<S> | undefined } | (ParsedProjectEnv & { kind: 'fault' }) {
  const key = keys.find((one) => (found.get(one)?.value ?? '') !== '');
  const entry = key === undefined ? undefined : found.get(key);
  if (entry === undefined) return { kind: 'value', value: undefined };
  const parsed = schema.safeParse(entry.value);
  if (parsed.success) return { kind: 'value', value: parsed.data };
  return {
    kind: 'fault',
    line: entry.line,
    fault: `${key}: ${parsed.error.issues[0]?.message ?? 'it cannot be read'}`,
  };
}

/** The value as dotenv files write it: quoted, or bare up to a blank and a `#`. */
function parseValue(text: string): { kind: 'value'; value: string } | { kind: 'fault'; fault: string } {
  const single = /^'([^']*)'\s*(?:#.*)?$/.exec(text);
  if (single !== null) return { kind: 'value', value: single[1] ?? '' };
  const double = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(text);
  if (/^['"]/.test(text) && double === null) return { kind: 'fault', fault: 'the quotes do not match' };
  const value =
    double === null ? text.replace(/(?:^|\s)#.*$/, '').trimEnd() : (double[1] ?? '').replace(/\\(["\\$`])/g, '$1');
  const expands = (double === null ? value : (double[1] ?? '').replace(/\\./g, '')).match(/\$[\w({]|`/);
  if (expands !== null) return { kind: 'fault', fault: 'nothing expands here: write out what it stands for' };
  return { kind: 'value', value };
}
