import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { temporaryPlace } from '../../platform/fixtures/temporary-place.ts';
import { JVM } from '../../test/corpus/jvm.ts';
import { MONOREPO } from '../../test/corpus/monorepo.ts';
import { NODE } from '../../test/corpus/node.ts';
import { PYTHON } from '../../test/corpus/python.ts';
import { RUNNERS } from '../../test/corpus/runners.ts';
import { SYSTEMS } from '../../test/corpus/systems.ts';
import { WEB } from '../../test/corpus/web.ts';
import { commandText } from '../core/command.ts';
import { detectProject } from './detect-project.ts';
import { openProjectFiles } from './project-files.ts';

type Files = Readonly<Record<string, string>>;

async function detectIn(files: Files) {
  using place = temporaryPlace();
  for (const [path, text] of Object.entries(files)) place.write(`project/${path}`, text);
  const path = place.folder('project');
  const detection = await detectProject(await openProjectFiles(path));
  expect(existsSync(place.path('project/pwned'))).toBe(files.pwned !== undefined);
  return detection;
}

describe.each([
  ['node', NODE],
  ['monorepos', MONOREPO],
  ['python', PYTHON],
  ['systems languages', SYSTEMS],
  ['jvm', JVM],
  ['web and others', WEB],
  ['runners', RUNNERS],
])('%s', (_, samples) => {
  test.each(samples.map((sample) => [sample.name, sample] as const))('%s', async (_name, sample) => {
    const { kinds, commands, members, faults, notes } = await detectIn(sample.files);
    expect({
      kinds: kinds.map(({ kind }) => kind),
      commands: commands.map((command) => `${command.name}: ${commandText(command)}`),
      members,
      faults: faults.map(({ file, line }) => `${file}:${line}`),
      notes,
    }).toEqual({
      kinds: sample.kinds,
      commands: sample.commands,
      members: sample.members ?? [],
      faults: sample.faults ?? [],
      notes: sample.notes ?? [],
    });
  });
});

test('every command says where it was found, and no name stands twice', async () => {
  for (const { files } of [...NODE, ...MONOREPO, ...PYTHON, ...WEB, ...RUNNERS]) {
    const { commands } = await detectIn(files);
    expect(commands.filter(({ source }) => source === '')).toEqual([]);
    expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length);
  }
});

describe('what is broken or hostile', () => {
  test.each<[string, Files, string]>([
    ['YAML', { 'compose.yaml': 'services:\n  a: [\n' }, 'compose.yaml'],
    ['TOML', { 'Cargo.toml': '[package\n' }, 'Cargo.toml'],
    ['JSON with a list in it', { 'package.json': '[1, 2]' }, 'package.json'],
    ['JSON of nothing', { 'package.json': '' }, 'package.json'],
    ['comments that are not closed', { 'deno.jsonc': '{ /* ' }, 'deno.jsonc'],
    ['aliases without end', { 'compose.yaml': yamlBomb() }, 'compose.yaml'],
  ])('%s: said with its file, and the rest works', async (_, files, file) => {
    const { faults, commands } = await detectIn({ ...files, Makefile: 'run:\n\ttrue\n' });
    expect(faults.map((fault) => fault.file)).toEqual([file]);
    expect(commands.map(({ name }) => name)).toContain('run');
  });

  test('a huge manifest, a folder of its name and a loop of symlinks count as absent', async () => {
    using place = temporaryPlace();
    const path = place.folder('project');
    writeFileSync(`${path}/package.json`, `{"scripts":{"dev":"${'x'.repeat(2_000_000)}"}}`);
    mkdirSync(`${path}/Cargo.toml`);
    symlinkSync('go.mod', `${path}/go.mod`);
    place.write('project/Makefile', 'run:\n\ttrue\n');
    const { commands, faults } = await detectProject(await openProjectFiles(path));
    expect(commands.map(({ name }) => name)).toContain('run');
    expect(faults).toEqual([]);
  });

  test('values of other types than expected are left out', async () => {
    const manifest = { name: 7, scripts: { dev: 1, build: 'tsc', __proto__: {} }, workspaces: 3, main: [], bin: 5 };
    const { commands, faults } = await detectIn({ 'package.json': JSON.stringify(manifest) });
    expect(commands.map(({ name }) => name)).toEqual(['build']);
    expect(faults).toEqual([]);
  });

  test('members that lead out of the project are not followed', async () => {
    const manifest = { workspaces: ['../*', '/etc/*', 'packages/../../x'] };
    const { members } = await detectIn({ 'package.json': JSON.stringify(manifest) });
    expect(members).toEqual([]);
  });
});

function yamlBomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  return lines.join('\n');
}
