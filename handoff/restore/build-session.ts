/**
 * A session's windows and panes, made from nothing, or what is missing of them.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readBlob } from '../snapshot/store.ts';
import { parseRecords, plainFormat, recordFormat, type TmuxServer } from '../tmux/server.ts';
import { UNFINISHED } from '../tmux/unfinished.ts';
import type { PanePlan, RestorePlan, SessionPlan, WindowPlan } from './plan-schema.ts';
import type { PutUpOptions } from './restore-session.ts';
import { startFiles } from './shell-start.ts';
import { untilReady } from './watch-panes.ts';

export interface StartedPane {
  readonly plan: PanePlan;
  /** Of tmux. */
  readonly id: string;
  /** Of what its shell was given. */
  readonly folder: string;
}

/** So many shells read their start-up files at once. */
const AT_ONCE = 4;
/** Larger than any terminal, so that each pane has room until the layout is set. */
const ROOM = { cols: 1000, rows: 1000 };

/** The panes that were made; those that stood already are left out. */
export async function buildSession(
  server: TmuxServer,
  session: SessionPlan,
  plan: RestorePlan,
  options: PutUpOptions,
): Promise<StartedPane[]> {
  const builder = await createBuilder(server, options);
  const isNew = session.state === 'create';
  const name = isNew ? `${UNFINISHED}-${session.key}` : session.name;
  const target = `=${name}`;
  if (isNew) await server.run(['kill-session', '-t', target]);
  for (const window of session.windows) {
    const missing = window.panes.filter(({ state }) => state === 'create');
    if (missing.length === 0) continue;
    const isFirst = isNew && builder.made.length === 0;
    const id = isFirst
      ? await builder.newSession(session, name, window)
      : await builder.newWindow(target, window, missing);
    await builder.fillWindow(id, window, missing);
  }
  if (builder.made.length === 0) return [];
  await builder.allReady();
  if (!isNew) return builder.made;
  await server.expectAll([
    ...sessionMarks(session, plan, target),
    ...activeWindow(session, target),
    ['rename-session', '-t', target, session.name],
  ]);
  return builder.made;
}

/** Another session of the same group. */
export async function shareWindows(server: TmuxServer, session: SessionPlan, plan: RestorePlan): Promise<void> {
  const { name, group } = session;
  await server.expect(['new-session', '-d', '-s', name, '-t', `=${group ?? ''}`]);
  await server.expectAll([...sessionMarks(session, plan, `=${name}`), ...activeWindow(session, `=${name}`)]);
}

function sessionMarks(session: SessionPlan, plan: RestorePlan, target: string): string[][] {
  const at = `${target}:`;
  return [
    ['set-option', '-t', at, '@dsync_session', session.key],
    ['set-option', '-t', at, '@dsync_work', plan.sessionKey],
    ['set-option', '-t', at, '@dsync_parent', plan.snapshotId],
    ...Object.entries(session.env).map(([name, value]) => ['set-environment', '-t', target, name, value]),
    // One that this tmux does not know is no reason to stop.
    ...Object.entries(session.options).map(([name, value]) => ['set-option', '-q', '-t', at, name, value]),
  ];
}

/** The last one first, so that it is known as such. */
function activeWindow({ activeWindow: active, lastWindow }: SessionPlan, target: string): string[][] {
  return [...(lastWindow === null ? [] : [lastWindow]), active].map((index) => [
    'select-window',
    '-t',
    `${target}:${index}`,
  ]);
}

async function createBuilder(server: TmuxServer, options: PutUpOptions) {
  const made: StartedPane[] = [];
  const waiting: StartedPane[] = [];
  const { code, stdout } = await server.run(['show-options', '-gv', 'default-command']);
  const isLogin = code !== 0 || stdout.trim() === '';

  /** Files for the shell; what tmux runs. */
  async function prepare(plan: PanePlan): Promise<{ folder: string; command: readonly string[] }> {
    while (waiting.length >= AT_ONCE) await untilReady(server, waiting.splice(0, 1), options);
    const folder = `${options.folder}/${made.length}`;
    const { shell, action, command, history, scrollback } = plan;
    const text = scrollback === null ? '' : (readBlob(options.home, scrollback.sha256) ?? '');
    const files = startFiles({ shell, folder, action, command, history, scrollback: text, isLogin });
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(`${folder}/${name}`), { recursive: true, mode: 0o700 });
      writeFileSync(`${folder}/${name}`, content, { mode: 0o600 });
    }
    return { folder, command: ['sh', `${folder}/start`] };
  }

  async function make(plan: PanePlan, words: readonly string[]): Promise<string[]> {
    const { folder, command } = await prepare(plan);
    const env = Object.entries(plan.env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const fields = recordFormat(['window_id', 'pane_id', 'session_id', 'window_index']);
    const printed = await server.expect([
      ...words,
      '-c',
      plainFormat(plan.cwd),
      ...env,
      '-P',
      '-F',
      fields,
      ...command,
    ]);
    const [[window = '', id = '', session = '', index = ''] = []] = parseRecords(printed);
    const pane = { plan, id, folder };
    made.push(pane);
    waiting.push(pane);
    return [window, id, session, index];
  }

  async function newSession(session: SessionPlan, name: string, window: WindowPlan): Promise<string> {
    const [first] = window.panes;
    if (first === undefined) return '';
    const size = ['-x', String(session.size.cols), '-y', String(session.size.rows)];
    const [id = '', , sessionId = '', index] = await make(first, ['new-session', '-d', '-s', name, ...size]);
    if (Number(index) !== window.index)
      await server.expect(['move-window', '-s', id, '-t', `${sessionId}:${window.index}`]);
    return id;
  }

  /** In a window that stands there the panes that are missing are split off from one that is there. */
  async function newWindow(target: string, window: WindowPlan, missing: readonly PanePlan[]): Promise<string> {
    const there = missing.length < window.panes.length ? await windowOf(server, window) : undefined;
    if (there !== undefined) return there;
    const [first] = missing;
    if (first === undefined) return '';
    const isFree = (await server.run(['list-panes', '-t', `${target}:${window.index}`])).code !== 0;
    const place = isFree ? `${target}:${window.index}` : `${target}:`;
    const [id = ''] = await make(first, ['new-window', '-d', '-t', place]);
    return id;
  }

  async function fillWindow(id: string, window: WindowPlan, missing: readonly PanePlan[]): Promise<void> {
    const own = made.filter(({ plan }) => window.panes.includes(plan));
    const rest = missing.filter((plan) => own.every((pane) => pane.plan !== plan));
    if (rest.length > 0)
      await server.run(['resize-window', '-t', id, '-x', String(ROOM.cols), '-y', String(ROOM.rows)]);
    let last = own.at(-1)?.id ?? id;
    for (const plan of rest) {
      // Off the one that was made last, so that they stand in their order.
      const [, pane = ''] = await make(plan, ['split-window', '-d', '-t', last]);
      last = pane;
      await server.expect(['select-layout', '-t', id, 'tiled']);
    }
    const panes = made.filter(({ plan }) => window.panes.includes(plan));
    const isWhole = panes.length === window.panes.length;
    const paneAt = (at: number): string => panes.find(({ plan }) => plan === window.panes[at])?.id ?? id;
    await server.expectAll([
      ...(isWhole ? [...resized(id, window.layout), ['select-layout', '-t', id, window.layout]] : []),
      ['set-option', '-w', '-q', '-u', '-t', id, 'window-size'],
      ['set-option', '-w', '-t', id, '@dsync_origin', window.origin],
      ...nameCommands(id, window),
      ...Object.entries(window.options).map(([name, value]) => ['set-option', '-w', '-q', '-t', id, name, value]),
      ...panes.flatMap((pane) => paneCommands(pane)),
      ...(isWhole && window.lastPane !== null ? [['select-pane', '-t', paneAt(window.lastPane)]] : []),
      ...(isWhole ? [['select-pane', '-t', paneAt(window.activePane)]] : []),
      ...(isWhole && window.zoomed ? [['resize-pane', '-Z', '-t', paneAt(window.activePane)]] : []),
    ]);
  }

  return { made, newSession, newWindow, fillWindow, allReady: () => untilReady(server, waiting.splice(0), options) };
}

/** To the size of a layout, which may be larger than the session where its panes need more. */
function resized(id: string, layout: string): string[][] {
  const [, cols, rows] = /^[0-9a-f]+,(\d+)x(\d+)/.exec(layout) ?? [];
  return cols === undefined || rows === undefined ? [] : [['resize-window', '-t', id, '-x', cols, '-y', rows]];
}

/** A name that was given stays; one that tmux chose is there until tmux chooses again. */
function nameCommands(id: string, { name, autoRename }: WindowPlan): string[][] {
  const rename = ['rename-window', '-t', id, name];
  const option = ['set-option', '-w', '-t', id, 'automatic-rename'];
  return [
    rename,
    autoRename === null
      ? ['set-option', '-w', '-u', '-t', id, 'automatic-rename']
      : [...option, autoRename ? 'on' : 'off'],
  ];
}

function paneCommands({ id, plan }: StartedPane): string[][] {
  const { 'remain-on-exit': _, ...options } = plan.options;
  return [
    ['set-option', '-p', '-t', id, '@dsync_pane', plan.key],
    ['select-pane', '-t', id, '-T', plan.title],
    ...Object.entries(options).map(([name, value]) => ['set-option', '-p', '-q', '-t', id, name, value]),
  ];
}

/** The window that holds one of these panes. */
async function windowOf(server: TmuxServer, window: WindowPlan): Promise<string | undefined> {
  const keys = new Set(window.panes.map(({ key }) => key));
  const records = await server.records(['list-panes', '-a'], ['window_id', '@dsync_pane']);
  return records.find(([, key = '']) => keys.has(key))?.[0];
}
