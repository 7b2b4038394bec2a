import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createQueue } from './queue.ts';

test('what goes in comes out in order, whatever came and went before', () => {
  const step = fc.record({ push: fc.nat({ max: 900 }), take: fc.nat({ max: 900 }) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const queue = createQueue<number>();
      const model: number[] = [];
      let count = 0;
      for (const { push, take } of steps) {
        for (let i = 0; i < push; i++) {
          queue.push(count);
          model.push(count++);
        }
        expect(queue.peek()).toBe(model[0]);
        const taken = Array.from({ length: take }, () => queue.take());
        expect(taken).toEqual(Array.from({ length: take }, () => model.shift()));
        expect(queue.isEmpty).toBe(model.length === 0);
      }
      queue.clear();
      expect(queue.isEmpty).toBe(true);
      expect(queue.take()).toBeUndefined();
    }),
  );
});
