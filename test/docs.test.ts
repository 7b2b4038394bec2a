/**
 * What the documents say of codes, settings, commands, methods and messages is what the code has.
 * With DSYNC_WRITE_DOCS=1 in the environment the tables are written in place of being compared.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createProgram } from '../agent/cli/program.ts';
import { methods } from '../agent/control/api.ts';
import { FINDING_BY_CODE, type FindingKind } from '../agent/doctor/findings.ts';
import { createProgram as createDtestProgram } from '../agent/dtest/program.ts';
import { SCENARIO_NAMES } from '../agent/dtest/scenario-names.ts';
import { settingsSchema } from '../agent/engine/config/settings.ts';
import { messageSchema } from '../agent/link/messages.ts';
import { createProgram as createSwitchHost } from '../handoff/cli/program.ts';
import { handoffSettingsSchema } from '../handoff/handoff-settings.ts';
import { createProgram as createLauncherProgram } from '../launcher/cli/program.ts';
import { launchSchema } from '../launcher/core/launch-config.ts';
import { launcherSettingsSchema } from '../launcher/upkeep/settings-schema.ts';
import { CURE_BY_CODE } from '../platform/failure.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CREATE_BY_NAME = new Map([
  ['dsync', createProgram],
  ['dlaunch', createLauncherProgram],
  ['dtest', createDtestProgram],
  ['switch-host', createSwitchHost],
]);
const DOCUMENTS = ['README.md', 'CHANGELOG.md', ...listMarkdown('docs')];

test('the README lists every error code with its cure', () => {
  const rows = Object.entries(CURE_BY_CODE).map(([code, cure]) => `| \`${code}\` | ${cell(cure)} |`);
  const expected = table('| code | what to do |', rows);
  expect(partOf('README.md', 'error-codes', expected)).toBe(expected);
});

test('the README lists every setting with its default and meaning', () => {
  const expected = table('| setting | default | meaning |', settingRows(settingsSchema));
  expect(partOf('README.md', 'settings', expected)).toBe(expected);
});

test('docs/doctor.md lists everything that the doctor can find', () => {
  const rows = Object.entries<FindingKind>(FINDING_BY_CODE).map(
    ([code, { level, cause, cure, fix = '' }]) =>
      `| \`${code}\` | ${level} | ${cell(cause)} | ${cell(cure)} | ${fix} |`,
  );
  const expected = table('| code | level | usual cause | cure | `--fix` |', rows);
  expect(partOf('docs/doctor.md', 'findings', expected)).toBe(expected);
});

test('docs/doctor.md lists every scenario of dtest', () => {
  const text = read('docs/doctor.md');
  expect(SCENARIO_NAMES.filter((name, i) => !text.includes(`\n| ${i + 1} ${name} |`))).toEqual([]);
});

test('docs/launcher.md lists every setting and every field of a launch configuration', () => {
  const settings = table('| setting | default | meaning |', settingRows(launcherSettingsSchema));
  expect(partOf('docs/launcher.md', 'launcher-settings', settings)).toBe(settings);
  const fields = table(
    '| field of a command | default | meaning |',
    settingRows(launchSchema.shape.commands.valueType),
  );
  expect(partOf('docs/launcher.md', 'launch', fields)).toBe(fields);
});

test('docs/handoff.md lists every setting', () => {
  const settings = table('| setting | default | meaning |', settingRows(handoffSettingsSchema));
  expect(partOf('docs/handoff.md', 'handoff-settings', settings)).toBe(settings);
});

test('docs/protocol.md names every message', () => {
  const text = read('docs/protocol.md');
  const types = messageSchema.options.map((option) => option.shape.type.value);
  expect(types.filter((type) => !text.includes(`\`${type}\``))).toEqual([]);
});

test('docs/scripting.md names every method of the socket', () => {
  const text = read('docs/scripting.md');
  expect(Object.keys(methods).filter((method) => !text.includes(`\`${method}\``))).toEqual([]);
});

describe.each(DOCUMENTS)('%s', (path) => {
  test('names commands and options that exist', () => {
    const calls = [
      ...read(path).matchAll(
        /^ {4}(?:\$ )?((?:dsync|dlaunch|dtest|switch-host) .+)$|`((?:dsync|dlaunch|dtest|switch-host) [^`]+)`/gm,
      ),
    ];
    const unknown = calls.flatMap(([, line = '', inline = '']) => unknownWords(line || inline));
    expect(unknown).toEqual([]);
  });

  test('links to files that are there', () => {
    const targets = [...read(path).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) => target);
    expect(targets.filter((target) => !existsSync(join(ROOT, dirname(path), target)))).toEqual([]);
  });
});

function listMarkdown(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Between `<!-- name -->` and `<!-- /name -->`. */
function partOf(path: string, name: string, expected: string): string {
  const text = read(path);
  const [from, to] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(from) + from.length, text.indexOf(to)];
  if (process.env.DSYNC_WRITE_DOCS === '1') {
    writeFileSync(join(ROOT, path), `${text.slice(0, start)}${expected}\n${text.slice(end)}`);
    return expected;
  }
  return text.slice(start, end).trimEnd();
}

function table(head: string, rows: readonly string[]): string {
  return [head, head.replace(/[^|]+/g, ' --- '), ...rows].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function settingRows(schema: z.ZodType): string[] {
  const property = z.looseObject({
    type: z.string().optional(),
    enum: z.array(z.string()).optional(),
    default: z.unknown().optional(),
    description: z.string().default(''),
    properties: z.record(z.string(), z.unknown()).optional(),
  });
  const rowsOf = (raw: unknown, above: string): string[] => {
    const { properties = {} } = property.parse(raw);
    return Object.entries(properties).flatMap(([name, value]) => {
      const { default: usual, description, properties: below, enum: choices } = property.parse(value);
      if (below !== undefined) return rowsOf(value, `${above}${name}.`);
      // The host's own name differs from host to host; its meaning says what it is.
      const shown = name === 'hostName' || usual === undefined ? '' : `\`${JSON.stringify(usual)}\``;
      const choice =
        choices === undefined || choices.length < 2 ? '' : `; one of ${choices.map((one) => `\`${one}\``).join(', ')}`;
      return [`| \`${above}${name}\` | ${shown} | ${cell(description)}${choice} |`];
    });
  };
  return rowsOf(z.toJSONSchema(schema, { io: 'input' }), '');
}

/** Words of a command line that is documented which name no command, and options that its command has not. */
function unknownWords(line: string): string[] {
  return line.split(/ (?:&&|\|) /).flatMap((part) => {
    const [first, ...words] = part
      .replace(/ +#.*$/, '')
      // What follows is another program's.
      .replace(/ -- .*$/, '')
      .trim()
      .split(/ +/);
    const create = CREATE_BY_NAME.get(first ?? '');
    if (create === undefined || words[0] === 'help') return [];
    let command: Command = create(async () => undefined);
    const unknown: string[] = [];
    for (const word of words) {
      if (word.startsWith('--')) {
        const known = ['--help', ...command.options.map(({ long }) => long)];
        unknown.push(...word.split('|').filter((option) => !known.includes(option.split('=')[0] ?? '')));
      } else if (first !== 'dsync' && command.commands.every((one) => one.name() !== word.split('|')[0])) {
        // The name of a project or of a host, or an argument.
      } else if (command.commands.length > 0 && command.registeredArguments.length > 0 && !/^[a-z|]{2,}$/.test(word)) {
        // An argument of a command that has others below it: `pair ADDRESS`, beside `pair ls`.
      } else if (word === 'off' && words.includes('--listen')) {
        // What the option takes.
      } else if (command.commands.length > 0) {
        // `add|rm`: any of these.
        const named = word.split('|').map((name) => command.commands.find((one) => one.name() === name));
        unknown.push(...word.split('|').filter((_, i) => named[i] === undefined));
        command = named[0] ?? command;
      }
    }
    return unknown.map((word) => `${line}: ${word}`);
  });
}
