import { expect, test } from 'vitest';
import { mergeResults } from './results.ts';
import { formatTable } from './table.ts';

const HEAD = { head: ['About all of it.'], order: ['save', 'burst', 'tree'] };

function block(name: string, workload: string, value: number, about = `measured at ${value}`) {
  const table = formatTable([{ workload, subject: 'dsync', unit: 'ms', samples: [value] }]);
  return { name, about: [about], table };
}

test('a run of some workloads leaves the blocks of the others as they are', () => {
  const first = mergeResults('', [block('tree', 'first sync', 1), block('save', 'save near', 2)], HEAD);
  const second = mergeResults(first, [block('save', 'save near', 3), block('burst', 'burst of 9', 4)], HEAD);
  expect(second.match(/^## .*/gm)).toEqual(['## save', '## burst', '## tree']);
  expect(second).toContain('- measured at 1\n');
  expect(second).not.toContain('measured at 2');
  expect(second).not.toContain('| 2 ms |');
  for (const value of ['| first sync | dsync | 1 | 1 ms', '| 3 ms', '| 4 ms']) expect(second).toContain(value);
});

test('the same run once more changes nothing', () => {
  const blocks = [block('save', 'save near', 2), block('tree', 'first sync', 1)];
  const once = mergeResults('', blocks, HEAD);
  expect(mergeResults(once, blocks, HEAD)).toBe(once);
  expect(mergeResults(once, [], HEAD)).toBe(once);
});

test('a file of one table keeps its rows and what it says of them, but for what was measured anew', () => {
  const table = formatTable([
    { workload: 'save near', subject: 'dsync', unit: 'ms', samples: [1] },
    { workload: 'first sync', subject: 'dsync', unit: 's', samples: [9] },
  ]);
  const merged = mergeResults(
    `# Results\n\ndsync 0.0.9, measured long ago.\n\n- a machine\n\n${table}\n`,
    [block('save', 'save near', 5)],
    HEAD,
  );
  expect(merged.match(/^## .*/gm)).toEqual(['## save', '## measured earlier']);
  expect(merged).toContain('dsync 0.0.9, measured long ago.\n\n- a machine');
  expect(merged).toContain('| first sync | dsync | 1 | 9 s');
  expect(merged.match(/^\| save near/gm)).toHaveLength(1);
  const complete = mergeResults(merged, [block('tree', 'first sync', 6)], HEAD);
  expect(complete).not.toContain('measured earlier');
  expect(complete).not.toContain('0.0.9');
});

test('a workload that has other rows by now loses the former ones', () => {
  const once = mergeResults('', [block('save', 'save of 1 KiB', 2)], HEAD);
  expect(mergeResults(once, [block('save', 'save of 2 KiB', 3)], HEAD)).not.toContain('1 KiB');
});
