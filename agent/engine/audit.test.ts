import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { AbsPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';
import { createAudit } from './audit.ts';
import type { Applied } from './receive.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test('each change is a line that can be read back, whatever it is called', () => {
  const text = fc.string({ unit: 'binary' });
  const applied = fc.record<Applied>({
    what: fc.constantFrom('applied', 'deleted', 'conflict'),
    path: text as fc.Arbitrary<RelPath>,
    host: text,
    sizeBytes: fc.nat(),
    before: fc.constantFrom('', 'q_-ZWNn2Hb4'),
    after: fc.constantFrom('', 'q_-ZWNn2Hb4'),
  });
  fc.assert(
    fc.property(text, fc.array(applied, { minLength: 1 }), (root, changes) => {
      const folder = mkdtempSync(join(tmpdir(), 'dsync-audit-'));
      folders.push(folder);
      const from = Date.now();
      const audit = createAudit(folder as AbsPath);
      for (const each of changes) audit.write(root, each);
      audit.close();
      const [file] = readdirSync(folder);
      const lines = readFileSync(join(folder, file ?? ''), 'utf8')
        .trimEnd()
        .split('\n');
      const read = lines.map((line): { at: string } => JSON.parse(line));
      expect(read.map(({ at: _, ...rest }) => rest)).toEqual(changes.map((each) => ({ root, ...each })));
      for (const { at } of read) {
        expect(new Date(at).toISOString()).toBe(at);
        expect(Date.parse(at)).toBeGreaterThanOrEqual(from);
      }
    }),
    { numRuns: 10 },
  );
});
