/**
 * Content that the other side has already: a folder that is renamed, a branch that is switched and switched back.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Pair, startPair } from '../../test/harness/pair.ts';
import { createRandom } from '../../test/harness/random.ts';
import { blockedRows, peakRows, resetBlocked, resetPeaks } from '../agents.ts';
import { bring, type Contender, startContenders } from '../contenders.ts';
import { type Context, scaled } from '../context.ts';
import type { Row } from '../row.ts';
import { type Bars, createTally } from '../tally.ts';

const RENAMED_BYTES = 8_000;
const BRANCH_BYTES = 8_000;
/** Of the content that must not go again; the entries of a file and its git-made times are some 200 bytes each. */
const BACK_SHARE = 0.1;

const RENAME_BARS: Bars = {
  seconds: { text: '≤ 0.5 s', isMet: (ours) => ours <= 0.5 },
  wire: { text: '≤ 200 KB', isMet: (bytes) => bytes <= 200_000 },
};

export async function rename(context: Context): Promise<Row[]> {
  // Through the proxy, which counts: it delays nothing.
  await using pair = await startPair();
  await pair.inSync();
  await using contenders = await startContenders(pair);
  return [
    ...(await folderRenamed(pair, contenders.all, context)),
    ...(await branchSwitched(pair, contenders.all, context)),
  ];
}

async function folderRenamed(pair: Pair, all: readonly Contender[], context: Context): Promise<Row[]> {
  const files = scaled(context, 1_000, 100);
  const name = `folder of ${files} files renamed`;
  const tally = createTally(name);
  for (const contender of all) {
    await bring(
      contender,
      () => writeFolder(join(contender.from, 'name-0'), files),
      () => count(join(contender.to, 'name-0')) === files,
    );
  }
  await reset(pair);
  for (let run = 0; run < scaled(context, 5, 2); run++) {
    for (const contender of all) {
      const [old, fresh] = [`name-${run}`, `name-${run + 1}`];
      const brought = await bring(
        contender,
        () => renameSync(join(contender.from, old), join(contender.from, fresh)),
        () => count(join(contender.to, fresh)) === files && count(join(contender.to, old)) === 0,
      );
      tally.add(contender.name, brought);
      checkFolder(join(contender.from, fresh), join(contender.to, fresh));
    }
  }
  return [
    ...tally.rows(RENAME_BARS, { wire: true }),
    ...(await peakRows(pair, name)),
    ...(await blockedRows(pair, name)),
  ];
}

async function branchSwitched(pair: Pair, all: readonly Contender[], context: Context): Promise<Row[]> {
  const files = scaled(context, 2_000, 200);
  const contentBytes = files * BRANCH_BYTES;
  const name = `branch of ${files} files switched`;
  const [there, back] = [createTally(name), createTally(`${name} back`)];
  const repositories = all.map((contender, i) => ({
    contender,
    // Beside the folder: a peer would sync `.git` as files.
    git: createRepository(join(pair.folder, `git-${i}`), join(contender.from, 'work'), files),
  }));
  for (const { contender } of repositories)
    await bring(
      contender,
      () => {},
      () => holdsBranch(contender, files, 'main'),
    );
  await reset(pair);
  for (let run = 0; run < scaled(context, 3, 1); run++) {
    for (const { contender, git } of repositories) {
      for (const [branch, tally] of [
        ['other', there],
        ['main', back],
      ] as const) {
        const brought = await bring(
          contender,
          () => git('checkout', '--quiet', branch),
          () => holdsBranch(contender, files, branch),
        );
        tally.add(contender.name, brought);
        checkFolder(join(contender.from, 'work'), join(contender.to, 'work'));
      }
    }
  }
  const backBars: Bars = {
    wire: {
      text: `≤ ${BACK_SHARE * 100} % of the content`,
      isMet: (bytes) => bytes <= BACK_SHARE * contentBytes,
    },
  };
  return [
    ...there.rows({}, { wire: true }),
    ...back.rows(backBars, { wire: true }),
    ...(await peakRows(pair, name)),
    ...(await blockedRows(pair, name)),
  ];
}

type Git = (...args: string[]) => void;

/** `main` is checked out; on `other`, every file has another content. */
function createRepository(gitFolder: string, workTree: string, files: number): Git {
  mkdirSync(workTree);
  const env = {
    PATH: process.env.PATH,
    HOME: gitFolder,
    GIT_DIR: gitFolder,
    GIT_WORK_TREE: workTree,
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const git: Git = (...args) => {
    execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', '-c', 'gc.auto=0', ...args], {
      cwd: workTree,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  };
  git('init', '--quiet', '--initial-branch=main');
  for (const branch of ['main', 'other']) {
    if (branch !== 'main') git('checkout', '--quiet', '-b', branch);
    for (let i = 0; i < files; i++) writeFileSync(join(workTree, `f${i}`), branchContent(branch, i));
    git('add', '--all');
    git('commit', '--quiet', '--message', branch);
  }
  git('checkout', '--quiet', 'main');
  return git;
}

function branchContent(branch: string, i: number): Buffer {
  // Of another size: rsync takes two files of one size within one second for the same.
  const content = noise(2 * i + (branch === 'main' ? 0 : 1), BRANCH_BYTES + 4 * branch.length);
  content.write(`${branch} `);
  return content;
}

/** Cheap while it is not so: the last file is looked at first. */
function holdsBranch({ to }: Contender, files: number, branch: string): boolean {
  for (let i = files - 1; i >= 0; i--) {
    let start: string;
    try {
      start = readFileSync(join(to, 'work', `f${i}`), 'latin1').slice(0, branch.length + 1);
    } catch {
      return false;
    }
    if (start !== `${branch} `) return false;
  }
  return true;
}

function writeFolder(folder: string, files: number): void {
  mkdirSync(folder);
  for (let i = 0; i < files; i++) writeFileSync(join(folder, `f${i}`), noise(i, RENAMED_BYTES));
}

/** Incompressible, and of every file another. */
function noise(seed: number, sizeBytes: number): Buffer {
  const random = createRandom(seed);
  const content = Buffer.allocUnsafe(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 4) content.writeInt32LE(random.int(2 ** 32) | 0, at);
  return content;
}

/** @throws where the two folders do not hold the same */
function checkFolder(a: string, b: string): void {
  for (const name of readdirSync(a)) {
    if (!readFileSync(join(a, name)).equals(readFileSync(join(b, name))))
      throw new Error(`${b}/${name} is not like ${a}/${name}`);
  }
}

function count(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch {
    return 0;
  }
}

async function reset(pair: Pair): Promise<void> {
  await resetPeaks(pair);
  await resetBlocked(pair);
}
