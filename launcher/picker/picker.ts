/**
 * A list that narrows as one types, with a key for each thing that can be done with an entry.
 *
 * Only the rows that are seen are drawn, and what takes time to find out about them is filled in as it comes.
 *
 * @module
 */
import {
  createPrompt,
  isBackspaceKey,
  isDownKey,
  isEnterKey,
  isUpKey,
  type KeypressEvent,
  useEffect,
  useKeypress,
  useState,
} from '@inquirer/core';
import type { Colors } from '../../platform/cli.ts';
import { fitColumns } from './fit-columns.ts';

/** What a person pressed on an entry. */
export type Action = 'run' | 'commands' | 'shell' | 'editor' | 'back';

export interface Picked<T> {
  readonly action: Action;
  /** Undefined where nothing matched, or one goes back. */
  readonly value: T | undefined;
  /** What was typed. */
  readonly query: string;
}

export interface PickerConfig<T> {
  readonly title: string;
  readonly colors: Colors;
  readonly query?: string;
  /** The keys that end it, beside Enter; shown below the list. */
  readonly actions: readonly Action[];
  /** What matches, the best first. */
  readonly find: (query: string) => readonly T[];
  /** Cells of one row, without control characters. */
  readonly cells: (value: T) => readonly string[];
  /** Told which rows are seen, whenever others are. */
  readonly onSeen?: (values: readonly T[]) => void;
  /** Calls back whenever rows have changed; the result ends it. */
  readonly subscribe?: (changed: () => void) => () => void;
}

const KEYS: readonly {
  readonly action: Action;
  readonly is: (key: KeypressEvent) => boolean;
  readonly hint: string;
}[] = [
  { action: 'run', is: isEnterKey, hint: 'enter start' },
  { action: 'commands', is: ({ name }) => name === 'tab' || name === 'right', hint: 'tab commands' },
  { action: 'shell', is: ({ name, ctrl }) => ctrl && name === 'o', hint: 'ctrl-o shell' },
  { action: 'editor', is: ({ name, ctrl }) => ctrl && name === 'e', hint: 'ctrl-e editor' },
  { action: 'back', is: ({ name }) => name === 'escape', hint: 'esc back' },
];

/** Lines beside the list: what is typed, how many match, the keys. */
const FRAME_LINES = 3;
const MAX_ROWS = 20;

/** Rejects with inquirer's ExitPromptError on Ctrl-C. */
export async function pick<T>(
  config: PickerConfig<T>,
  { signal }: { readonly signal: AbortSignal },
): Promise<Picked<T>> {
  const prompt = createPrompt<Picked<T>, PickerConfig<T>>((options, done) => draw(options, done));
  // Paths go to stdout; the list is for the eye.
  return prompt(config, { signal, output: process.stderr, clearPromptOnDone: true });
}

function draw<T>(config: PickerConfig<T>, done: (picked: Picked<T>) => void): [string, string] {
  const { title, colors, actions, find, cells, onSeen, subscribe } = config;
  const [query, setQuery] = useState(config.query ?? '');
  const [active, setActive] = useState(0);
  const [, setChanges] = useState(0);
  const found = find(query);
  const rows = Math.max(3, Math.min(MAX_ROWS, (process.stderr.rows ?? MAX_ROWS) - FRAME_LINES - 1));
  const at = Math.min(active, Math.max(0, found.length - 1));
  const first = Math.max(0, Math.min(at - Math.floor(rows / 2), found.length - rows));
  const seen = found.slice(first, first + rows);

  useEffect((readline) => {
    if (query !== '') readline.write(query);
    let changes = 0;
    return subscribe?.(() => setChanges(++changes));
  }, []);
  useEffect(() => onSeen?.(seen), [query, first]);
  useKeypress((key, readline) => {
    const pressed = KEYS.find(({ action, is }) => actions.includes(action) && is(key));
    if (pressed !== undefined) {
      // Readline has taken the key as text.
      readline.clearLine(0);
      if (pressed.action !== 'back' && found[at] === undefined) readline.write(query);
      else done({ action: pressed.action, value: pressed.action === 'back' ? undefined : found[at], query });
    } else if (isUpKey(key, ['emacs'])) setActive(Math.max(0, at - 1));
    else if (isDownKey(key, ['emacs'])) setActive(Math.min(found.length - 1, at + 1));
    else if (readline.line !== query || isBackspaceKey(key)) {
      setQuery(readline.line);
      setActive(0);
    }
  });

  const width = Math.max(20, (process.stderr.columns ?? 80) - 1);
  const lines = fitColumns(seen.map(cells), width - 2).map((line, i) =>
    first + i === at ? colors.cyan(`❯ ${line}`) : `  ${line}`,
  );
  const count = found.length > seen.length ? `${at + 1}/${found.length}` : `${found.length}`;
  const hints = KEYS.filter(({ action }) => actions.includes(action)).map(({ hint }) => hint);
  const footer = colors.dim(`${count}  ${hints.join(' · ')}`.slice(0, width));
  return [`${colors.bold(title)} ${query}`, [...lines, footer].join('\n')];
}
