/**
 * `npm run bench [-- NAME… --quick --scale N --json --out FILE]`: each workload beside its limit and the peers that are
 * installed, in one run. The table goes to stdout and, at scale 1, to bench/results/latest.md, where workloads that were
 * not run keep their rows; exit code 1 where a bar is not met.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, release, tmpdir, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { VERSION } from '../platform/version.ts';
import type { Context } from './context.ts';
import { versionOf } from './peers.ts';
import { mergeResults } from './results.ts';
import type { Row } from './row.ts';
import { summarize } from './stats.ts';
import { formatTable } from './table.ts';
import { burst, saveDuringBurst } from './workloads/burst.ts';
import { discovery } from './workloads/discovery.ts';
import { handoff } from './workloads/handoff.ts';
import { largeFile } from './workloads/large-file.ts';
import { firstSyncFar, firstSyncLarge, largeTree } from './workloads/large-tree.ts';
import { rename } from './workloads/rename.ts';
import { saveFar, saveNear } from './workloads/save.ts';
import { saveDuringBulk } from './workloads/save-during-bulk.ts';

const WORKLOADS: Readonly<Record<string, (context: Context) => Promise<Row[]>>> = {
  'save-near': saveNear,
  'save-far': saveFar,
  'save-during-burst': saveDuringBurst,
  burst,
  'large-tree': largeTree,
  'first-sync-far': firstSyncFar,
  'first-sync-large': firstSyncLarge,
  'large-file': largeFile,
  rename,
  'save-during-bulk': saveDuringBulk,
  discovery,
  handoff,
};
const QUICK_SCALE = 0.1;
const RESULTS = fileURLToPath(new URL('results/latest.md', import.meta.url));
const STARTED_AT = Date.now();
const HEAD = [
  'Measured by `npm run bench`; each block says when, on which version and where.',
  'Both hosts are on one machine, linked over a real sshd; a far host is a proxy that delays each way.',
  'The bare limit is inotify, TCP and a rename in two small processes; it is measured in turns with dsync.',
  'Bytes on the wire are those of both directions, counted at the proxy, with all that SSH adds.',
];
/** By the magic numbers of statfs(2). */
const FILESYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  2435016766: 'btrfs',
  1481003842: 'xfs',
  16914836: 'tmpfs',
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    out: { type: 'string' },
    quick: { type: 'boolean' },
    scale: { type: 'string' },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(WORKLOADS);
const scale = Number(values.scale ?? (values.quick ? QUICK_SCALE : 1));
const note = (text: string): void => void process.stderr.write(`${text}\n`);

const rowsByName = new Map<string, Row[]>();
for (const name of names) {
  const workload = WORKLOADS[name];
  if (workload === undefined) throw new Error(`No workload ${name}; there are: ${Object.keys(WORKLOADS).join(', ')}`);
  note(`measuring ${name} …`);
  rowsByName.set(name, await workload({ scale, note }));
  save();
}

const rows = [...rowsByName.values()].flat();
if (values.json) {
  const results = rows.map((row) => ({ ...row, summary: summarize(row.samples) }));
  process.stdout.write(
    `${JSON.stringify({ version: VERSION, commit: commitOf(), machine: machineLines(), scale, results }, null, 2)}\n`,
  );
} else process.stdout.write(`${formatTable(rows)}\n`);
process.exitCode = rows.some(({ bar }) => bar?.met === false) ? 1 : 0;

/** After each workload: what was measured is kept, whatever becomes of the next one. */
function save(): void {
  const file = values.out ?? (scale === 1 ? RESULTS : undefined);
  if (file === undefined) return;
  mkdirSync(dirname(file), { recursive: true });
  const blocks = [...rowsByName].map(([name, measured]) => ({ name, about: aboutRun(), table: formatTable(measured) }));
  const former = existsSync(file) ? readFileSync(file, 'utf8') : '';
  writeFileSync(file, mergeResults(former, blocks, { head: HEAD, order: Object.keys(WORKLOADS) }));
}

function aboutRun(): string[] {
  const commit = commitOf();
  const what = `dsync ${VERSION}${commit === undefined ? '' : ` at ${commit}`}`;
  return [
    `${what}, ${new Date(STARTED_AT).toISOString().slice(0, 16)}Z${scale === 1 ? '' : `, at scale ${scale}`}`,
    ...machineLines(),
  ];
}

/** Undefined where this is no checkout. */
function commitOf(): string | undefined {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const git = (...args: string[]) => spawnSync('git', args, { cwd, encoding: 'utf8' });
  const { status, stdout } = git('rev-parse', '--short', 'HEAD');
  if (status !== 0) return undefined;
  // What was measured before lies in a file of this very checkout.
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!bench/results').stdout !== '';
  return `${stdout.trim()}${changed ? ' and what was changed since' : ''}`;
}

function machineLines(): string[] {
  const processors = cpus();
  const programs = [
    versionOf('rsync', ['--version']),
    versionOf('ssh', ['-V']),
    versionOf('unison', ['-version']),
    versionOf('lsyncd', ['-version'])?.replace(/^Version:/, 'lsyncd'),
    versionOf('syncthing', ['--version']),
    versionOf('tmux', ['-V']),
    versionOf('tmuxp', ['--version'])?.split(',')[0],
  ];
  return [
    `${platform()} ${release()} ${arch()}, ${processors.length} × ${processors[0]?.model.trim() ?? 'processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Node ${process.versions.node}, all trees on ${FILESYSTEMS[statfsSync(tmpdir()).type] ?? 'another filesystem'}`,
    ...programs.filter((line) => line !== undefined),
  ];
}
