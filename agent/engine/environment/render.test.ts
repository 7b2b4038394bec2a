import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderFish, renderSh, type Variable } from './render.ts';

const values = fc.array(
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll('\0', '')),
  { minLength: 1, maxLength: 8 },
);
const odd = fc.array(fc.constantFrom("'", '"', '\\', '$HOME', '`x`', '\n', ' ', '!', '%', '#', '~', ';', '*'), {
  maxLength: 8,
});

const shells = [
  { shell: 'sh', render: renderSh },
  { shell: 'zsh', render: renderSh },
  { shell: 'fish', render: renderFish },
].filter(({ shell }) => spawnSync(shell, ['-c', 'true']).status === 0);

/** Values as another program finds them in its environment. */
function roundTrip(shell: string, script: string, names: readonly string[]): string[] {
  const print = `${process.execPath} -p 'JSON.stringify(process.argv.slice(1).map((name) => process.env[name]))' ${names.join(' ')}`;
  return JSON.parse(
    execFileSync(shell, ['-c', `${script}\n${print}`], {
      encoding: 'utf8',
      env: { HOME: '/nowhere', PATH: '/usr/bin:/bin' },
    }),
  );
}

test.each(shells)('$shell reads every value back as it is', ({ shell, render }) => {
  fc.assert(
    fc.property(values, odd, (texts, parts) => {
      const variables: Variable[] = [...texts, parts.join('')].map((value, i) => ({ name: `V${i}`, value }));
      const names = variables.map(({ name }) => name);
      expect(roundTrip(shell, render(variables), names)).toEqual(variables.map(({ value }) => value));
    }),
    { numRuns: 4 },
  );
});
