import { formatBytes, formatTable } from '../../platform/format.ts';
import type { HostFacts } from '../link/probe.ts';

/** What was found on a host. Pure. */
export function formatFacts(facts: HostFacts): string[] {
  const { os, arch, libc, node, rsync, tmux, git, freeBytes } = facts;
  const rows = [
    ['  system', `${os} ${arch}${libc === 'none' ? '' : `, ${libc}`}`],
    ['  node', node === undefined ? 'none; dsync brought its own' : `${node.version} at ${node.path}`],
    ['  rsync', rsync ?? 'none'],
    ['  tmux', tmux ?? 'none'],
    ['  git', git ?? 'none'],
    ['  free disk', freeBytes === undefined ? 'unknown' : formatBytes(freeBytes)],
  ];
  return formatTable(rows);
}
