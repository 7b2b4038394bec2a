import { expect, test } from 'vitest';
import { loaded } from './loaded.ts';

const gone = (): Promise<unknown> =>
  import(`data:text/javascript,import ${encodeURIComponent("'file:///of/another/version.js'")}`);

test('a part that is not there any more is told of, with the cure; others are handed on', async () => {
  await expect(loaded(gone())).rejects.toMatchObject({
    code: 'INTERNAL',
    cure: expect.stringContaining('dsync restart'),
  });
  await expect(loaded(Promise.reject(new TypeError('x')))).rejects.toBeInstanceOf(TypeError);
  expect(await loaded(Promise.resolve(1))).toBe(1);
});
