/**
 * The agent's status as a person reads it. Pure. Every symbol stands beside its word.
 *
 * @module
 */

import type { Colors } from '../../platform/cli.ts';
import { formatBytes, formatCount, formatDuration, formatMs, formatTable } from '../../platform/format.ts';
import type { HostStatus, RootStatus, Status } from '../control/api.ts';
import { formatProgress } from './format-progress.ts';

interface Style {
  readonly colors: Colors;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Paths with the home as `~`. */
  readonly shortPath: (path: string) => string;
}

/** Lines without ends. */
export function formatStatus(status: Status, style: Style): string[] {
  const { colors, now } = style;
  const up = formatDuration(now - status.startedAt);
  const about = colors.dim(`dsync ${status.version}, pid ${status.pid}, up ${up}, ${formatBytes(status.memoryBytes)}`);
  const lines = [`${badge(status.state, colors)}  ${colors.bold(status.hostName)}  ${about}`];

  lines.push('');
  if (status.hosts.length === 0) lines.push('No hosts. Add one: dsync host add NAME');
  lines.push(...formatTable(status.hosts.map((host) => hostCells(host, style))));
  for (const { name, error } of status.hosts) {
    if (error !== undefined) lines.push(...trouble(`${name}: ${error.message}`, error.cure, colors));
  }

  lines.push('');
  if (status.roots.length === 0) lines.push('No roots. Add one: dsync root add PATH');
  lines.push(...formatTable(status.roots.map((root) => rootCells(root, status.hosts, style))));
  lines.push(
    ...formatProgress(
      status.roots.map(({ name, peers }) => ({ root: name, peers })),
      colors,
    ),
  );
  for (const root of status.roots) lines.push(...rootTroubles(root, colors));
  for (const { file, line, cause, cure } of status.configProblems ?? []) {
    lines.push(...trouble(`${style.shortPath(file)}${line > 0 ? `:${line}` : ''}: ${cause}`, cure, colors));
  }
  return lines;
}

/** Whether something waits for a person. */
export function needsAttention(status: Status): boolean {
  return (
    status.state === 'attention' ||
    (status.configProblems?.length ?? 0) > 0 ||
    status.roots.some((root) => root.state === 'halted' || root.heldDeletes > 0 || root.problems.length > 0)
  );
}

type State = Status['state'] | RootStatus['state'] | HostStatus['state'] | RootStatus['peers'][number]['state'];

function badge(state: State, colors: Colors): string {
  switch (state) {
    case 'in-sync':
      return colors.green('✓ in sync');
    case 'connected':
      return colors.green('✓ connected');
    case 'syncing':
      return colors.cyan('↻ syncing');
    case 'scanning':
      return colors.cyan('↻ scanning');
    case 'connecting':
      return colors.cyan('↻ connecting');
    case 'offline':
      return colors.yellow('○ offline');
    case 'paused':
      return colors.yellow('‖ paused');
    case 'local-only':
      return colors.dim('· no host');
    case 'idle':
      return colors.dim('· idle');
    case 'refused':
      return colors.red('✗ refused');
    case 'halted':
      return colors.red('✗ halted');
    case 'attention':
      return colors.red('! attention');
  }
}

function hostCells(host: HostStatus, { colors, now }: Style): string[] {
  const rtt = host.rttMs === undefined ? '' : formatMs(host.rttMs);
  const since = host.since === undefined ? '' : colors.dim(`for ${formatDuration(now - host.since)}`);
  const way = colors.dim(wayTo(host));
  return [badge(host.state, colors), colors.bold(host.name), rtt, since, way];
}

function wayTo({ destination, transport }: HostStatus): string {
  if (transport === undefined) return destination;
  return destination === '' ? transport : `${destination} over ${transport}`;
}

function rootCells(root: RootStatus, hosts: readonly HostStatus[], { colors, shortPath }: Style): string[] {
  const { p50Ms, p95Ms, count } = root.latency;
  const latency = count === 0 ? '' : `save to visible p50 ${formatMs(p50Ms)}, p95 ${formatMs(p95Ms)}`;
  const peers = root.peers.map((peer) => {
    const rttMs = hosts.find(({ name }) => name === peer.host)?.rttMs;
    const rtt = rttMs === undefined || peer.state === 'offline' ? '' : ` ${formatMs(rttMs)}`;
    return `${peer.host} ${badge(peer.state, colors)}${rtt}${pending(peer)}`;
  });
  return [
    badge(root.state, colors),
    colors.bold(root.name),
    shortPath(root.path),
    `${formatCount(root.files, 'file')}, ${formatBytes(root.bytes)}`,
    peers.join('; '),
    latency,
  ];
}

function pending({ toSend, toReceive, toReceiveBytes }: RootStatus['peers'][number]): string {
  const parts = [
    ...(toSend > 0 ? [`${toSend.toLocaleString('en-US')} to send`] : []),
    ...(toReceive > 0 ? [`${toReceive.toLocaleString('en-US')} to receive (${formatBytes(toReceiveBytes)})`] : []),
  ];
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}

function rootTroubles(root: RootStatus, colors: Colors): string[] {
  const { name } = root;
  const lines: string[] = [];
  if (root.reason !== undefined) lines.push(...trouble(`${name}: ${root.reason}`, root.cure ?? '', colors));
  for (const { host, reason } of root.peers) {
    if (reason !== undefined && reason !== root.reason)
      lines.push(...trouble(`${name} with ${host}: ${reason}`, '', colors));
  }
  if (root.heldDeletes > 0) {
    const held = formatCount(root.heldDeletes, 'delete waits', 'deletes wait');
    lines.push(
      ...trouble(
        `${name}: ${held} for you, being so many`,
        `See them and decide: dsync approve ${name}. Or bring them back: dsync reject ${name}`,
        colors,
      ),
    );
  }
  if (root.conflicts > 0) {
    lines.push(
      ...trouble(`${name}: ${formatCount(root.conflicts, 'conflict')}`, `List: dsync conflicts ${name}`, colors),
    );
  }
  for (const { path, code, cause, cure } of root.problems) {
    lines.push(...trouble(`${name}: ${path === '' ? '' : `${path}: `}${cause} (${code})`, cure, colors));
  }
  if (root.watch.unwatched > 0) {
    const folders = formatCount(root.watch.unwatched, 'folder has', 'folders have');
    const cure = 'They are scanned in turns. Raise the limit: sudo sysctl fs.inotify.max_user_watches=524288';
    lines.push(...trouble(`${name}: ${folders} no watch, the kernel has none left`, cure, colors));
  }
  for (const { path, kind } of root.skipped) lines.push(colors.dim(`  · ${name}: ${path} is a ${kind} and stays here`));
  return lines;
}

function trouble(cause: string, cure: string, colors: Colors): string[] {
  return [`  ${colors.yellow('!')} ${cause}`, ...(cure === '' ? [] : [colors.dim(`    ${cure}`)])];
}
