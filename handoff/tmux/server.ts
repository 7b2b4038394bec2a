/**
 * One tmux server, at one socket: commands to it and what they print.
 *
 * @module
 */
import { type Captured, capture } from '../../platform/capture.ts';
import { DsyncError } from '../../platform/failure.ts';

/** Between the fields of a line, and at its beginning: no name, title or path holds them. */
const FIELD = '\x1f';
const RECORD = '\x1e';
/** tmux takes all of a command's words in one message, which it limits to 16 KiB. */
const MAX_COMMAND_BYTES = 12_000;

export interface TmuxServer {
  /** Empty for the usual one. */
  readonly socket: string;
  /** Code 127 where there is no tmux. */
  readonly run: (args: readonly string[]) => Promise<Captured>;
  /** @throws {DsyncError} COMMAND_FAILED what tmux says */
  readonly expect: (args: readonly string[]) => Promise<string>;
  /** Commands one after the other, in as few calls as tmux allows; stdout of all. Stops at the first that fails. */
  readonly expectAll: (commands: readonly (readonly string[])[]) => Promise<string>;
  /** Records of these fields, as `list-…` gives them. */
  readonly records: (command: readonly string[], fields: readonly string[]) => Promise<string[][]>;
}

/** @param socket the one of $TMUX, else the usual one, if absent */
export function tmuxServer({
  socket = socketOf(process.env.TMUX),
  signal,
}: {
  readonly socket?: string | undefined;
  readonly signal: AbortSignal;
}): TmuxServer {
  // Without -u a client that does not know of UTF-8 prints `_` for rarer characters.
  const place = socket === '' ? ['-u'] : ['-u', '-S', socket];
  const run = (args: readonly string[]): Promise<Captured> => capture('tmux', [...place, ...args], { signal });

  async function expect(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(args);
    if (code === 0) return stdout;
    throw new DsyncError('COMMAND_FAILED', `tmux ${args[0]} failed: ${stderr.trim() || `exit code ${code}`}`);
  }

  async function expectAll(commands: readonly (readonly string[])[]): Promise<string> {
    let printed = '';
    for (const some of inMessages(commands)) printed += await expect(joinCommands(some));
    return printed;
  }

  return {
    socket,
    run,
    expect,
    expectAll,
    records: async (command, fields) => parseRecords(await expect([...command, '-F', recordFormat(fields)])),
  };
}

/** Pure. The path in $TMUX; empty for none. */
function socketOf(tmux: string | undefined): string {
  return tmux?.split(',')[0] ?? '';
}

/** Pure. */
export function recordFormat(fields: readonly string[]): string {
  return RECORD + fields.map((field) => (field.startsWith('#') ? field : `#{${field}}`)).join(FIELD);
}

/** Pure. Each record its fields. Later versions of tmux print control characters as octal numbers. */
export function parseRecords(text: string): string[][] {
  return text
    .replaceAll('\\036', RECORD)
    .replaceAll('\\037', FIELD)
    .split(RECORD)
    .slice(1)
    .map((record) => record.replace(/\n$/, '').split(FIELD));
}

/** Pure. One command line of several commands. A word that ends in `;` would end its command. */
export function joinCommands(commands: readonly (readonly string[])[]): string[] {
  return commands.flatMap((command, i) => [...(i === 0 ? [] : [';']), ...command.map(plainWord)]);
}

/** Pure. Text that tmux would expand in a format, `#(…)` by running it. */
export function plainFormat(text: string): string {
  return text.replaceAll('#', '##');
}

function plainWord(word: string): string {
  return word.replace(/;$/, '\\;');
}

function inMessages(commands: readonly (readonly string[])[]): (readonly string[])[][] {
  const messages: (readonly string[])[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const command of commands) {
    const own = command.reduce((sum, word) => sum + Buffer.byteLength(word) + 2, 3);
    if (bytes + own > MAX_COMMAND_BYTES) {
      messages.push([]);
      bytes = 0;
    }
    messages.at(-1)?.push(command);
    bytes += own;
  }
  return messages;
}
