/**
 * `npm run bench [-- NAME… --quick --json]`: each workload beside its limit and the peers that are installed, in one run.
 * The table goes to stdout and to bench/results/latest.md; exit code 1 where a bar is not met.
 *
 * @module
 */
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, release, tmpdir, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { VERSION } from '../platform/version.ts';
import type { Context } from './context.ts';
import { versionOf } from './peers.ts';
import type { Row } from './row.ts';
import { summarize } from './stats.ts';
import { formatTable } from './table.ts';
import { burst, saveDuringBurst } from './workloads/burst.ts';
import { discovery } from './workloads/discovery.ts';
import { largeTree } from './workloads/large-tree.ts';
import { saveFar, saveNear } from './workloads/save.ts';

const WORKLOADS: Readonly<Record<string, (context: Context) => Promise<Row[]>>> = {
  'save-near': saveNear,
  'save-far': saveFar,
  'save-during-burst': saveDuringBurst,
  burst,
  'large-tree': largeTree,
  discovery,
};
const QUICK_SCALE = 0.1;
/** By the magic numbers of statfs(2). */
const FILESYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  2435016766: 'btrfs',
  1481003842: 'xfs',
  16914836: 'tmpfs',
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, scale: { type: 'string' } },
});
const names = positionals.length > 0 ? positionals : Object.keys(WORKLOADS);
const scale = Number(values.scale ?? (values.quick ? QUICK_SCALE : 1));
const note = (text: string): void => void process.stderr.write(`${text}\n`);

const rows: Row[] = [];
for (const name of names) {
  const workload = WORKLOADS[name];
  if (workload === undefined) throw new Error(`No workload ${name}; there are: ${Object.keys(WORKLOADS).join(', ')}`);
  note(`measuring ${name} …`);
  rows.push(...(await workload({ scale, note })));
}

const table = `${formatTable(rows)}\n`;
if (values.json) {
  const machine = machineLines();
  const results = rows.map((row) => ({ ...row, summary: summarize(row.samples) }));
  process.stdout.write(`${JSON.stringify({ version: VERSION, machine, scale, results }, null, 2)}\n`);
} else process.stdout.write(table);
saveResults();
process.exitCode = rows.some(({ bar }) => bar?.met === false) ? 1 : 0;

function saveResults(): void {
  const folder = fileURLToPath(new URL('results', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const about = [
    `dsync ${VERSION}, measured by \`npm run bench\`${scale === 1 ? '' : `, at scale ${scale}`}.`,
    'Both hosts are on this machine, linked over a real sshd; a far host is a proxy that delays each way.',
    'The bare limit is inotify, TCP and a rename in two small processes; it is measured in turns with dsync.',
  ];
  const text = ['# Results', '', ...about, '', ...machineLines().map((line) => `- ${line}`), '', table];
  writeFileSync(`${folder}/latest.md`, text.join('\n'));
}

function machineLines(): string[] {
  const processors = cpus();
  const programs = [
    versionOf('rsync', ['--version']),
    versionOf('ssh', ['-V']),
    versionOf('unison', ['-version']),
    versionOf('lsyncd', ['-version'])?.replace(/^Version:/, 'lsyncd'),
  ];
  return [
    `${platform()} ${release()} ${arch()}, ${processors.length} × ${processors[0]?.model.trim() ?? 'processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Node ${process.versions.node}, all trees on ${FILESYSTEMS[statfsSync(tmpdir()).type] ?? 'another filesystem'}`,
    ...programs.filter((line) => line !== undefined),
  ];
}
