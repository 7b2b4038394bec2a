import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stripJsonComments } from '../../platform/json-comments.ts';
import { publishedPort } from './compose.ts';
import { projectsOf } from './dotnet.ts';
import { goWorkFolders } from './go.ts';
import { parseRunConfiguration } from './jetbrains.ts';
import { parseJustRecipes } from './just.ts';
import { includedProjects } from './jvm.ts';
import { parseMakeTargets } from './make.ts';
import { nodePort } from './node-port.ts';
import { parseProcfile } from './procfile.ts';

test('JSON keeps its meaning, its offsets and lines without comments', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(JSON.parse(stripJsonComments(json))).toEqual(JSON.parse(json));
      expect(stripJsonComments(json)).toHaveLength(json.length);
    }),
  );
  const text = '{ // a "b"\n "x": "//no", /* c\n */ "y": [1, 2,], }';
  expect(JSON.parse(stripJsonComments(text))).toEqual({ x: '//no', y: [1, 2] });
  expect(
    stripJsonComments(text)
      .split('\n')
      .map((line) => line.length),
  ).toEqual(text.split('\n').map((line) => line.length));
});

test('no text brings a parser down, and what it finds is in the text', () => {
  const lines = fc.array(
    fc.oneof(fc.string(), fc.constantFrom('a: b', 'run:', '\tx', 'x := $(shell y)', 'include ":a"')),
  );
  fc.assert(
    fc.property(lines, (parts) => {
      const text = parts.join('\n');
      const names = [
        ...parseMakeTargets(text).map(({ name }) => name),
        ...parseJustRecipes(text).map(({ name }) => name),
        ...parseProcfile(text).map(({ name }) => name),
        ...goWorkFolders(text),
      ];
      expect(names.filter((name) => !text.includes(name))).toEqual([]);
      expect(names.filter((name) => name === '')).toEqual([]);
      includedProjects(text);
      projectsOf(text);
      parseRunConfiguration(text, 'x');
    }),
  );
});

test('a Procfile is read back as it was written', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,10}$/);
  const line = fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/);
  fc.assert(
    fc.property(fc.array(fc.record({ name, line })), (processes) => {
      expect(parseProcfile(processes.map((one) => `${one.name}: ${one.line}`).join('\r\n'))).toEqual(processes);
    }),
  );
});

test.each([
  ['8080:80', 8080],
  ['127.0.0.1:8080:80', 8080],
  ['[::1]:8080:80/tcp', 8080],
  ['80', undefined],
  ['8000-8010:80', undefined],
  ['${PORT}:80', undefined],
  [{ published: '9000', target: 80 }, 9000],
  [{ target: 80 }, undefined],
])('docker publishes %j at %j', (port, expected) => {
  expect(publishedPort({ ports: [port] })).toBe(expected);
});

test.each([
  ['vite', 5173],
  ['vite --port 4000', 4000],
  ['next dev -p 3100', 3100],
  ['PORT=8123 node .', 8123],
  ['ng serve', 4200],
  ['vite preview', 4173],
  ['tsc -w', undefined],
  ['cp -p a b', undefined],
])('%j listens on %j', (script, number) => {
  expect(nodePort(script)?.number).toBe(number);
});
