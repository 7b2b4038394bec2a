/**
 * The demo's screen: what the two hosts do, as it happens. Redrawn in a terminal, line by line elsewhere.
 *
 * @module
 */

import type { Colors } from '../../platform/cli.ts';
import { formatCount } from '../../platform/format.ts';
import type { AgentEvent } from '../control/api.ts';

export interface DemoState {
  readonly folders: { readonly here: string; readonly there: string };
  readonly address: string;
  readonly connected: boolean;
  readonly rttMs: number | undefined;
  readonly files: number;
  readonly latency: { readonly count: number; readonly p50Ms: number; readonly p95Ms: number };
  readonly conflicts: number;
}

/** One thing that happened; `side` is the host that it happened on. */
export interface DemoEvent {
  readonly side: 'here' | 'there';
  readonly event: AgentEvent;
}

const SHOWN = 10;

/** One line for people; undefined for what is of no interest here. */
export function demoLine({ side, event }: DemoEvent, colors: Colors): string | undefined {
  const time = colors.dim(new Date(event.at).toISOString().slice(11, 23));
  const from = side === 'here' ? 'there → here ' : 'here → there ';
  const path = event.path === undefined ? '' : JSON.stringify(event.path).slice(1, -1);
  switch (event.kind) {
    case 'applied':
      return `${time}  ${colors.green(from)} ${path} ${colors.dim(formatBytes(event.sizeBytes ?? 0))}`;
    case 'deleted':
      return `${time}  ${colors.yellow(from)} ${path} ${colors.dim('deleted; kept in the trash')}`;
    case 'conflict':
      return `${time}  ${colors.red('conflict     ')} ${path} ${colors.dim('both versions kept; the other is in .dsync/conflicts')}`;
    case 'problem':
      return `${time}  ${colors.red('problem      ')} ${path} ${event.text ?? ''}`;
    case 'link':
      return side === 'here' ? `${time}  ${colors.cyan('link         ')} ${event.text ?? ''}` : undefined;
    case 'state':
      return `${time}  ${colors.cyan('state        ')} ${event.text ?? ''}`;
    case 'sent':
    case 'acked':
      return undefined;
  }
}

export function demoHead(state: DemoState, colors: Colors): string[] {
  const link = state.connected ? colors.green('● connected') : colors.yellow('○ connecting');
  const rtt = state.rttMs === undefined ? '' : `, round trip ${state.rttMs.toFixed(1)} ms`;
  const { count, p50Ms, p95Ms } = state.latency;
  const saves =
    count === 0
      ? 'nothing saved yet'
      : `save to visible: median ${p50Ms.toFixed(1)} ms, 95 % within ${p95Ms.toFixed(1)} ms (${count} ${count === 1 ? 'save' : 'saves'})`;
  return [
    '',
    `  ${colors.bold('dsync')}  two hosts on this machine, one folder, over real SSH (${state.address})`,
    '',
    `  here   ${colors.bold(state.folders.here)}`,
    `  there  ${colors.bold(state.folders.there)}`,
    '',
    `  ${link}${rtt}   ${formatCount(state.files, 'file')}   ${saves}${state.conflicts > 0 ? colors.red(`   ${state.conflicts} conflicts`) : ''}`,
    '',
  ];
}

export function demoHints({ folders }: DemoState, colors: Colors): string[] {
  return [
    `  ${colors.dim('Try in another terminal:')}`,
    `    echo "hello" > ${folders.here}/hello.txt && sleep 0.1 && cat ${folders.there}/hello.txt`,
    `    ${colors.dim('save a file in either folder with your editor, rename a folder, delete something')}`,
    `  ${colors.dim('For real:  dsync host add gpu && dsync root add ~/code --host gpu && dsync start')}`,
    `  ${colors.dim('^C stops it; the two folders stay.')}`,
  ];
}

/** Draws over what it drew before. */
export function createScreen(stream: NodeJS.WriteStream): (lines: readonly string[]) => void {
  let drawn = 0;
  return (lines) => {
    const width = stream.columns || 80;
    const fitted = lines.map((line) => cut(line, width));
    stream.write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}\x1b[J${fitted.join('\n')}\n`);
    drawn = fitted.length;
  };
}

export function shownEvents(lines: readonly string[]): string[] {
  return Array.from({ length: SHOWN }, (_, i) => `  ${lines[lines.length - SHOWN + i] ?? ''}`.trimEnd());
}

/** To a width in columns; colour codes take none. */
function cut(line: string, width: number): string {
  let columns = 0;
  let out = '';
  for (const part of line.split(/(\x1b\[\d+m)/)) {
    if (part.startsWith('\x1b[')) out += part;
    else {
      const kept = [...part].slice(0, Math.max(0, width - 1 - columns));
      columns += kept.length;
      out += kept.join('');
    }
  }
  return out;
}

function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}
