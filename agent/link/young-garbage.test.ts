import { describe, expect, test } from 'vitest';
import { createYoungGarbage } from './young-garbage.ts';

const MIB = 1 << 20;

describe('young garbage', () => {
  function started() {
    let outsideBytes = 100 * MIB;
    let looks = 0;
    let collected = 0;
    const young = createYoungGarbage({
      outside: () => {
        looks++;
        return outsideBytes;
      },
      collect: () => collected++,
    });
    return {
      young,
      hold: (bytes: number) => {
        outsideBytes += bytes;
      },
      looks: () => looks,
      collected: () => collected,
    };
  }

  test('is looked at once for each megabyte', () => {
    const { young, looks } = started();
    for (let i = 0; i < 64; i++) young.passed(MIB / 16);
    expect(looks()).toBe(4);
  });

  test('is left alone while V8 collects by itself', () => {
    const { young, hold, collected } = started();
    for (let i = 0; i < 100; i++) {
      hold(3 * MIB);
      young.passed(MIB);
      hold(-3 * MIB);
      young.passed(MIB);
    }
    expect(collected()).toBe(0);
  });

  test('is collected once there are four megabytes more than there were at the least', () => {
    const { young, hold, collected } = started();
    young.passed(MIB);
    hold(-50 * MIB);
    young.passed(MIB);
    hold(4 * MIB - 1);
    young.passed(MIB);
    expect(collected()).toBe(0);
    hold(1);
    young.passed(MIB);
    expect(collected()).toBe(1);
  });

  test('what stays is not collected again and again', () => {
    const { young, hold, collected } = started();
    young.passed(MIB);
    hold(64 * MIB);
    for (let i = 0; i < 10; i++) young.passed(MIB);
    expect(collected()).toBe(1);
  });
});
