/**
 * What scrolled by in panes, with its colours. All of a server's panes in one go.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Home } from '../../platform/home.ts';
import type { SnapshotPane } from '../snapshot/schema.ts';
import { keepBlob } from '../snapshot/store.ts';
import type { TmuxServer } from '../tmux/server.ts';

export interface ShownPane {
  readonly id: string;
  /** The shell waits at its prompt, in this line of the screen: it and what is below is left out, or it would show twice. */
  readonly promptLine: number | undefined;
  /** Lines that scrolled out of the screen. */
  readonly historySize: number;
  /** An editor's own screen is not kept; what is hidden behind it is. */
  readonly altScreen: boolean;
}

type Scrollback = NonNullable<SnapshotPane['scrollback']>;

/** By pane; those that show nothing are left out. */
export async function keepScrollback(
  home: Pick<Home, 'state'>,
  server: TmuxServer,
  panes: readonly ShownPane[],
): Promise<Map<string, Scrollback>> {
  const mark = randomBytes(9).toString('hex');
  const end = ['display-message', '-p', mark];
  const printed = await server.expectAll(panes.flatMap((pane) => [...captureCommands(pane), end]));
  const texts = printed.split(`${mark}\n`);
  const kept = await Promise.all(
    panes.map(async ({ id }, i) => {
      const text = trimBlank(texts[i] ?? '');
      return text === '' ? undefined : ([id, await keepText(home, text)] as const);
    }),
  );
  return new Map(kept.filter((one) => one !== undefined));
}

/** Pure. -e with colours, -J whole lines however wide the pane is. */
export function captureCommands({ id, promptLine, historySize, altScreen }: ShownPane): string[][] {
  const capture = ['capture-pane', '-e', '-p', '-J', '-t', id];
  // Without any history, tmux takes a line before the screen for the first one of it.
  const above = (line: number): string[][] =>
    line < 0 && historySize === 0 ? [] : [[...capture, '-S', '-', '-E', String(line)]];
  if (altScreen) return [...above(-1), [...capture, '-a', '-q']];
  return promptLine === undefined ? [[...capture, '-S', '-']] : above(promptLine - 1);
}

async function keepText(home: Pick<Home, 'state'>, text: string): Promise<Scrollback> {
  const sha256 = createHash('sha256').update(text).digest('hex');
  const packed = await promisify(gzip)(text, { level: 1 });
  await keepBlob(home, sha256, packed);
  const blob = { sha256, bytes: Buffer.byteLength(text), encoding: 'gzip' as const };
  return { blob, lines: text.split('\n').length };
}

/** Without the empty lines at its end, which a screen that is not full has. */
export function trimBlank(text: string): string {
  const lines = text.split('\n');
  while (lines.length > 0 && /^(?:[ \t]|\u001b\[[0-9;]*m)*$/.test(lines.at(-1) ?? '')) lines.pop();
  return lines.join('\n');
}
