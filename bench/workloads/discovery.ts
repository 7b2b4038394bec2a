/**
 * Finding the projects of a home: 320 among 356,000 files, most of them installed packages, beside what searches whole
 * trees. Then what a user waits for: `dlaunch list`.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fastGlob from 'fast-glob';
import { fdir } from 'fdir';
import { walkForProjects } from '../../launcher/discover/walk.ts';
import { rankProjects } from '../../launcher/rank/rank-projects.ts';
import { project } from '../../launcher/registry/fixtures/project.ts';
import { absPath } from '../../platform/abs-path.ts';
import { DLAUNCH } from '../../test/harness/command.ts';
import { createScratch } from '../../test/harness/scratch.ts';
import { type Context, scaled } from '../context.ts';
import type { Row } from '../row.ts';
import { summarize } from '../stats.ts';

const PROJECTS = 320;
/** Of a project: packages it has installed, files in each, sources of its own. */
const PACKAGES = 100;
const FILES_PER_PACKAGE = 10;
const SOURCES = 110;
const RUNS = 9;
const MANIFESTS = ['package.json', 'go.mod', 'Cargo.toml', 'pyproject.toml'] as const;
const SKIPPED = ['node_modules', '.git', 'target', 'dist', 'build', 'vendor', '.venv', '__pycache__'];

export async function discovery(context: Context): Promise<Row[]> {
  using scratch = createScratch('discovery');
  const projects = scaled(context, PROJECTS, 20);
  const code = join(scratch.path, 'code');
  context.note('writing the tree …');
  const files = plantHome(code, projects);
  const workload = `find ${projects} projects among ${files} files`;
  const patterns = MANIFESTS.map((name) => `**/${name}`);
  const subjects: Readonly<Record<string, () => Promise<number> | number>> = {
    dlaunch: async () => (await walkForProjects([absPath(code)])).roots.length,
    'fast-glob, told what to skip': async () =>
      (await fastGlob(patterns, { cwd: code, ignore: SKIPPED.map((name) => `**/${name}/**`) })).length,
    'fdir, told what to skip': async () => {
      const crawler = new fdir().withBasePath().exclude((name) => SKIPPED.includes(name));
      const found = await crawler
        .filter((path) => MANIFESTS.some((name) => path.endsWith(`/${name}`)))
        .crawl(code)
        .withPromise();
      return found.length;
    },
    ...fdSubject(code),
    'fast-glob, told nothing': async () => (await fastGlob(patterns, { cwd: code })).length,
  };
  const samples = new Map<string, number[]>();
  for (let run = 0; run < RUNS + 1; run++) {
    for (const [subject, find] of Object.entries(subjects)) {
      // It takes seconds, and two of those say enough.
      if (subject.endsWith('nothing') && run > 1) continue;
      const startMs = performance.now();
      const found = await find();
      const tookMs = performance.now() - startMs;
      if (subject === 'dlaunch' && found !== projects)
        throw new Error(`dlaunch found ${found} of ${projects} projects`);
      if (found < projects) throw new Error(`${subject} found ${found} of ${projects} projects`);
      // The first run warms the cache for all of them.
      if (run > 0) samples.set(subject, [...(samples.get(subject) ?? []), tookMs]);
    }
  }
  const ours = samples.get('dlaunch') ?? [];
  const rows = [...samples].map(([subject, times]): Row => {
    const row = { workload, subject, unit: 'ms' as const, samples: times };
    return subject === 'dlaunch'
      ? { ...row, bar: { text: 'p50 ≤ 50 ms', met: summarize(times).p50 <= 50 } }
      : { ...row, reference: ours };
  });
  return [...rows, ...(await commands(scratch.path, code, projects)), keystroke()];
}

/** What the picker does for each letter that is typed, drawing left aside. */
function keystroke(): Row {
  const count = 2_000;
  const projects = Array.from({ length: count }, (_, i) =>
    project(`service-${i}-of-${i % 7}`, { use: i % 3 === 0 ? { A: { rank: i, last: 0 } } : {} }),
  );
  const samples = ['s', 'se', 'service-19', 'sof', 'zz'].flatMap((query) =>
    Array.from({ length: 10 }, () => {
      const startMs = performance.now();
      rankProjects(projects, query, { host: 'A', nowMs: Date.now() });
      return performance.now() - startMs;
    }),
  );
  const bar = { text: 'p50 ≤ 10 ms', met: summarize(samples).p50 <= 10 };
  return { workload: `a keystroke among ${count} projects`, subject: 'dlaunch', unit: 'ms', samples, bar };
}

/** Whole programs, from their start to their end. */
async function commands(folder: string, code: string, projects: number): Promise<Row[]> {
  const env = { ...process.env, DSYNC_HOME: join(folder, 'home'), HOME: folder, DLAUNCH_NO_REFRESH: '1' };
  const timed = async (args: readonly string[]): Promise<number> => {
    const startMs = performance.now();
    await run(process.execPath, args, env);
    return performance.now() - startMs;
  };
  const first = [await timed([DLAUNCH, 'discover', '--quiet', code])];
  const [again, list, node]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < RUNS; i++) {
    again.push(await timed([DLAUNCH, 'discover', '--quiet', code]));
    list.push(await timed([DLAUNCH, 'list']));
    node.push(await timed(['-e', '0']));
  }
  const bar = { text: 'p50 ≤ 150 ms', met: summarize(list).p50 <= 150 };
  return [
    {
      workload: `dlaunch discover, ${projects} projects never seen: read, ranked and written`,
      subject: 'dlaunch',
      unit: 'ms',
      samples: first,
    },
    { workload: `dlaunch discover again, ${projects} projects`, subject: 'dlaunch', unit: 'ms', samples: again },
    {
      workload: `dlaunch list, ${projects} projects`,
      subject: 'dlaunch',
      unit: 'ms',
      samples: list,
      reference: node,
      bar,
    },
    { workload: `dlaunch list, ${projects} projects`, subject: 'node -e 0', unit: 'ms', samples: node },
  ];
}

/** fd calls itself fdfind where that name was taken. */
function fdSubject(code: string): Readonly<Record<string, () => number>> {
  const program = ['fd', 'fdfind'].find((name) => spawnSync(name, ['--version']).status === 0);
  if (program === undefined) return {};
  const args = [
    '--unrestricted',
    ...SKIPPED.flatMap((name) => ['--exclude', name]),
    `^(${MANIFESTS.join('|')})$`,
    code,
  ];
  return {
    [`${program}, told what to skip`]: () =>
      spawnSync(program, args, { encoding: 'utf8' }).stdout.trim().split('\n').length,
  };
}

/** @returns how many files it wrote */
function plantHome(code: string, projects: number): number {
  let files = 0;
  const write = (path: string, text: string): void => {
    writeFileSync(path, text);
    files++;
  };
  for (let i = 0; i < projects; i++) {
    const project = join(code, `group-${i % 16}`, ...(i % 3 === 0 ? ['clients'] : []), `project-${i}`);
    const manifest = MANIFESTS[i % MANIFESTS.length] ?? 'package.json';
    mkdirSync(join(project, '.git'), { recursive: true });
    mkdirSync(join(project, 'src'));
    write(join(project, '.git/HEAD'), 'ref: refs/heads/main\n');
    write(join(project, manifest), manifest === 'package.json' ? '{"scripts":{"dev":"vite"}}' : '');
    for (let j = 0; j < SOURCES; j++) write(join(project, `src/file-${j}.ts`), '');
    for (let j = 0; j < PACKAGES; j++) {
      const installed = join(project, 'node_modules', `package-${j}`);
      mkdirSync(installed, { recursive: true });
      write(join(installed, 'package.json'), '{}');
      for (let k = 1; k < FILES_PER_PACKAGE; k++) write(join(installed, `file-${k}.js`), '');
    }
  }
  return files;
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: 'ignore' });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${args.join(' ')} ended with ${code}`))));
  });
}
