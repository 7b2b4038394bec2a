import { expect, test } from 'vitest';
import { mirrorAction } from './mirror-files.ts';

test.each([
  { ours: undefined, carried: 'a', base: undefined, action: 'put' },
  { ours: undefined, carried: 'a', base: 'a', action: 'put' },
  { ours: 'a', carried: 'a', base: undefined, action: 'none' },
  { ours: 'a', carried: 'a', base: 'b', action: 'none' },
  { ours: 'b', carried: 'a', base: 'a', action: 'take-in' },
  { ours: 'a', carried: 'b', base: 'a', action: 'put' },
  { ours: 'b', carried: 'c', base: 'a', action: 'put-keeping-ours' },
  { ours: 'b', carried: 'c', base: undefined, action: 'put-keeping-ours' },
] as const)('ours $ours, carried $carried, last $base: $action', ({ ours, carried, base, action }) => {
  expect(mirrorAction(ours, carried, base)).toBe(action);
});
