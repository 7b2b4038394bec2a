import { constants, PerformanceObserver } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { collectAll, collectYoung } from './collect-garbage.ts';

const { NODE_PERFORMANCE_GC_FLAGS_FORCED, NODE_PERFORMANCE_GC_MAJOR, NODE_PERFORMANCE_GC_MINOR } = constants;

test.each([
  ['what is young', collectYoung, NODE_PERFORMANCE_GC_MINOR],
  ['all', collectAll, NODE_PERFORMANCE_GC_MAJOR],
])('%s is collected when asked for', async (_, collect, wanted) => {
  const kinds: number[] = [];
  const told = new Promise<void>((resolve) => {
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const detail = 'detail' in entry ? entry.detail : undefined;
        // What V8 does by itself meanwhile is not forced.
        if (hasFlags(detail) && detail.flags & NODE_PERFORMANCE_GC_FLAGS_FORCED) kinds.push(detail.kind);
      }
      if (!kinds.includes(wanted)) return;
      observer.disconnect();
      resolve();
    });
    observer.observe({ entryTypes: ['gc'] });
  });
  collect();
  await told;
  expect(kinds.includes(NODE_PERFORMANCE_GC_MAJOR)).toBe(collect === collectAll);
});

function hasFlags(detail: unknown): detail is { readonly flags: number; readonly kind: number } {
  return typeof detail === 'object' && detail !== null && 'flags' in detail && 'kind' in detail;
}
