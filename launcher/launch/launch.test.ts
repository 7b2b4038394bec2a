import { chmodSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { temporaryPlace } from '../../platform/fixtures/temporary-place.ts';
import type { Command } from '../core/command.ts';
import { withPort } from './choose-port.ts';
import { planCommands, usualCommand } from './plan.ts';
import { parsePanes, sessionName, windowArgs } from './tmux.ts';
import { isProgram, wrapForTools } from './tool-wrap.ts';
import { trust, untrusted, withdrawTrust } from './trust.ts';

const command = (name: string, parts: Partial<Command> = {}): Command => ({
  name,
  run: [name],
  folder: '',
  role: 'serve',
  source: 'test',
  why: '',
  score: 50,
  ...parts,
});

describe('a plan', () => {
  const names = (commands: readonly Command[], name: string): string[] =>
    planCommands(commands, name).map((one) => one.name);

  test('starts what others wait for first, and each once', () => {
    const commands = [
      command('all', { starts: ['web', 'api', 'db'] }),
      command('web', { after: ['api'] }),
      command('api', { after: ['db'] }),
      command('db'),
    ];
    expect(names(commands, 'all')).toEqual(['db', 'api', 'web']);
    expect(names(commands, 'db')).toEqual(['db']);
  });

  test('commands that wait for each other, and names of none, are faults', () => {
    const circle = [command('a', { after: ['b'] }), command('b', { after: ['a'] })];
    expect(() => planCommands(circle, 'a')).toThrow(/a, b, a/);
    expect(() => planCommands([command('a', { after: ['x'] })], 'a')).toThrow(
      expect.objectContaining({ code: 'COMMAND_UNKNOWN' }),
    );
  });

  test('whatever waits for what, nobody starts before those that it waits for', () => {
    const graph = fc.array(fc.array(fc.nat(9), { maxLength: 4 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(graph, (edges) => {
        const commands = edges.map((others, i) =>
          command(`c${i}`, { after: others.filter((other) => other < i).map((other) => `c${other}`) }),
        );
        const order = names(commands, `c${commands.length - 1}`);
        const isInOrder = order.every((name, i) => {
          const { after = [] } = commands.find((one) => one.name === name) ?? {};
          return after.every((other) => order.indexOf(other) >= 0 && order.indexOf(other) < i);
        });
        expect(isInOrder).toBe(true);
      }),
    );
  });

  test('the usual command: what was chosen, else what the project says, else what was used last, else the best', () => {
    const [dev, build, test1] = [command('dev'), command('build', { role: 'build' }), command('x', { role: 'run' })];
    expect(usualCommand([dev, build, test1], {}).name).toBe('dev');
    expect(usualCommand([dev, build, test1], { last: 'x' }).name).toBe('x');
    expect(usualCommand([dev, build, test1], { last: 'build' }).name).toBe('dev');
    expect(usualCommand([command('own', { score: 100 }), test1], { last: 'x' }).name).toBe('own');
    expect(usualCommand([dev, build], { chosen: 'build', last: 'dev' }).name).toBe('build');
    expect(() => usualCommand([], {})).toThrow(expect.objectContaining({ code: 'COMMAND_UNKNOWN' }));
  });
});

describe('trust', () => {
  test('is of exactly what runs, here and for this project', async () => {
    using place = temporaryPlace();
    const dev = command('dev', { body: 'vite', env: { A: '1' }, before: ['npm ci'] });
    expect(untrusted(place.home, '/p', [dev])).toEqual([dev]);
    await trust(place.home, '/p', [dev]);
    expect(untrusted(place.home, '/p', [{ ...dev, why: 'another reason', name: 'renamed' }])).toEqual([]);
    expect(untrusted(place.home, '/other', [dev])).toEqual([dev]);
    const changes: Partial<Command>[] = [
      { body: 'vite; curl evil' },
      { run: ['dev', 'x'] },
      { run: 'dev' },
      { env: { A: '2' } },
      { before: [] },
      { folder: 'sub' },
    ];
    for (const change of changes) expect(untrusted(place.home, '/p', [{ ...dev, ...change }])).toHaveLength(1);
    expect(await withdrawTrust(place.home, '/p')).toBe(true);
    expect(untrusted(place.home, '/p', [dev])).toEqual([dev]);
  });

  test('a broken list of it trusts nothing', () => {
    using place = temporaryPlace();
    place.write('home/state/launcher/trust.json', '{"trusted": {');
    expect(() => untrusted(place.home, '/p', [command('dev')])).toThrow(expect.objectContaining({ code: 'BAD_STATE' }));
  });
});

test('another port goes where the command takes it', () => {
  const flag = { number: 5173, flag: ['--', '--port'] };
  expect(withPort(command('a', { port: flag }), 5174).run).toEqual(['a', '--', '--port', '5174']);
  expect(withPort(command('a', { port: flag }), 5173).run).toEqual(['a']);
  expect(withPort(command('a', { run: 'x y', port: { number: 1, flag: ['-p'] } }), 2).run).toBe('x y -p 2');
  expect(withPort(command('a'), 4000)).toMatchObject({ run: ['a'], port: { number: 4000 } });
});

describe('tmux', () => {
  test('gets no text that it would expand or run', () => {
    const args = windowArgs(
      {
        session: 's',
        window: 'a#(touch x);',
        folder: '/p/#{q}/#(y)',
        argv: ['run', "it's"],
        env: { A: 'b c' },
        log: '/l/%d#(z)',
      },
      false,
    );
    expect(args).toContain('a##(touch x)\\;');
    expect(args).toContain('/p/##{q}/##(y)');
    expect(args).toContain("exec env 'A=b c' run 'it'\\''s'");
    expect(args.at(-1)).toBe("cat >> '/l/%%d##(z)'");
    expect(args.slice(0, 4)).toEqual(['new-session', '-d', '-s', 's']);
  });

  test.each([
    ['my.app', 'my_app'],
    ['a:b c', 'a_b_c'],
    ['#(x)', '_(x)'],
    ['$1=@2%3', '_1__2_3'],
    ['ünïcode', 'ünïcode'],
    ['', '_'],
  ])('session for %j is %j', (name, expected) => {
    expect(sessionName(name)).toBe(expected);
  });

  test('panes are read whatever their names hold; other lines are passed over', () => {
    const line = '%3 12 1 7 a  b';
    expect(parsePanes(`${line}\nnoise\n`)).toEqual([{ id: '%3', pid: 12, isDead: true, status: 7, session: 'a  b' }]);
  });
});

test('a command runs inside direnv or mise where the folder asks for it and they are there', () => {
  using place = temporaryPlace();
  const path = place.folder('bin');
  const folder = place.folder('p');
  place.write('p/.envrc', '');
  expect(wrapForTools(['x'], folder, { PATH: path })).toEqual(['x']);
  chmodSync(place.write('bin/direnv', '#!/bin/sh\n'), 0o755);
  expect(isProgram('direnv', path)).toBe(true);
  expect(wrapForTools(['x'], folder, { PATH: path })).toEqual(['direnv', 'exec', folder, 'x']);
  expect(wrapForTools(['x'], place.folder('q'), { PATH: path })).toEqual(['x']);
});
