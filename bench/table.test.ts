import { expect, test } from 'vitest';
import { formatTable } from './table.ts';

test('a row says what was measured, against what, and whether it is good enough', () => {
  const table = formatTable([
    { workload: 'save', subject: 'limit', unit: 'ms', samples: [1, 1, 2] },
    {
      workload: 'save',
      subject: 'dsync',
      unit: 'ms',
      samples: [2.5, 3, 1234.5],
      reference: [1, 1, 2],
      bar: { text: 'p50 ≤ 2 ms', met: false },
    },
  ]);
  expect(table.split('\n').slice(2)).toEqual([
    '| save | limit | 3 | 1 ms | 2 ms | 1–2 |  |  |  |',
    '| save | dsync | 3 | 3 ms | 1235 ms | 2.5–1235 | 3× | p50 ≤ 2 ms | **no** |',
  ]);
});
