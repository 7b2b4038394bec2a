import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { temporaryPlace } from '../../platform/fixtures/temporary-place.ts';
import { registrySchema } from '../core/registry-schema.ts';
import { project } from './fixtures/project.ts';
import { editRegistry, formatRegistry, lastGoodPath, loadRegistry, registryPath } from './registry-file.ts';

const PUBLISHED = new URL('../../docs/projects.schema.json', import.meta.url);

test('the published JSON Schema is what the schema says', () => {
  const schema = { title: 'projects.json of dlaunch', ...z.toJSONSchema(registrySchema, { io: 'input' }) };
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  if (process.env.DSYNC_WRITE_DOCS === '1') writeFileSync(PUBLISHED, text);
  expect(JSON.parse(readFileSync(PUBLISHED, 'utf8'))).toEqual(JSON.parse(text));
});

test('the registry that a new installation starts with is empty and valid', () => {
  const text = readFileSync(new URL('../../projects.json', import.meta.url), 'utf8');
  expect(registrySchema.parse(JSON.parse(text)).projects).toEqual([]);
});

test('what a person wrote stays: notes, fields that are not known here, missing ones filled up', async () => {
  using place = temporaryPlace();
  const written = { notes: 'mine', mood: 1, projects: [{ id: 'x', name: 'x', notes: 'n', colour: 'red' }] };
  place.write('home/state/projects.json', JSON.stringify(written));
  for (let i = 0; i < 2; i++) expect((await loadRegistry(place.home)).registry.projects[0]?.aliases).toEqual([]);
  await editRegistry(place.home, (before) => ({ ...before, projects: [...before.projects, project('y')] }));
  const text = JSON.parse(readFileSync(registryPath(place.home), 'utf8'));
  expect(text).toMatchObject({ notes: 'mine', mood: 1, projects: [{ notes: 'n', colour: 'red' }, { name: 'y' }] });
  expect(JSON.parse(readFileSync(lastGoodPath(place.home), 'utf8'))).toEqual(written);
});

test.each([
  ['half-written', '{"projects": [\n{"id": "a"', 2],
  ['hand-broken', '{\n "projects": [\n  {"id": "a", "name": 7}\n ]\n}', 3],
  ['twice the same', '{"projects": [{"id":"a","name":"a"},\n{"id":"a","name":"b"}]}', 2],
  ['of another version', '{\n "version": 9,\n "projects": []\n}', 2],
  ['empty', '', 1],
])('%s: said with file and line, the last good copy is shown, nothing is overwritten', async (_, text, line) => {
  using place = temporaryPlace();
  await editRegistry(place.home, () => ({ version: 1, projects: [project('good')] }));
  await editRegistry(place.home, (before) => ({ ...before, projects: [...before.projects, project('later')] }));
  place.write('home/state/projects.json', text);
  const { registry, fault } = await loadRegistry(place.home);
  expect(fault).toMatchObject({
    code: 'BAD_STATE',
    message: expect.stringContaining(`${registryPath(place.home)}:${line}: `),
  });
  expect(registry.projects.map(({ name }) => name)).toEqual(['good']);
  await expect(editRegistry(place.home, (before) => ({ ...before, projects: [] }))).rejects.toMatchObject({
    code: 'BAD_STATE',
  });
  expect(readFileSync(registryPath(place.home), 'utf8')).toBe(text);
});

test('an edit that changes nothing writes nothing', async () => {
  using place = temporaryPlace();
  await editRegistry(place.home, (before) => before);
  expect(existsSync(registryPath(place.home))).toBe(false);
});

test('many edits at once lose none', async () => {
  using place = temporaryPlace();
  const names = Array.from({ length: 15 }, (_, i) => `p${i}`);
  await Promise.all(
    names.map((name) =>
      editRegistry(place.home, (before) => ({ ...before, projects: [...before.projects, project(name)] })),
    ),
  );
  const { registry } = await loadRegistry(place.home);
  expect(registry.projects.map(({ name }) => name).sort()).toEqual([...names].sort());
  expect(registrySchema.parse(JSON.parse(formatRegistry(registry)))).toEqual(registry);
});
