import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createStripeOrder, PLACE_BYTES, type Place, readPlace, writePlace } from './stripe-order.ts';

type Frame = { readonly kind: 'first' } | { readonly kind: 'stripe'; readonly place: Place };

/** What a sender that takes a stripe or the first stream for each message writes to each of its streams. */
function send(choices: readonly number[]): Frame[][] {
  const streams: Frame[][] = [[], [], [], []];
  let number = 0;
  let after = 0;
  for (const choice of choices) {
    if (choice === 0) after++;
    const frame: Frame = choice === 0 ? { kind: 'first' } : { kind: 'stripe', place: { number: number++, after } };
    streams[choice]?.push(frame);
  }
  return streams;
}

/** Takes the next frame of one stream after the other, as `turns` say, then all that is left. */
function* arrive(streams: readonly Frame[][], turns: readonly number[]): Generator<Frame> {
  const left = streams.map((stream) => [...stream]);
  for (const turn of turns) {
    const frame = left[turn]?.shift();
    if (frame !== undefined) yield frame;
  }
  for (const stream of [...left].reverse()) yield* stream;
}

describe('the order of stripes', () => {
  const stream = fc.integer({ min: 0, max: 3 });
  test('is that of sending, however the streams are late: each once, by its number, none before its turn', () => {
    fc.assert(
      fc.property(fc.array(stream, { maxLength: 60 }), fc.array(stream, { maxLength: 80 }), (choices, turns) => {
        const streams = send(choices);
        const places = streams.flat().flatMap((frame) => (frame.kind === 'stripe' ? [frame.place] : []));
        const dealt: Place[] = [];
        const came = new Set<number>();
        let passed = 0;
        const order = createStripeOrder((body) => {
          const place = readPlace(body);
          expect(place.after).toBeLessThanOrEqual(passed);
          dealt.push(place);
        });
        for (const frame of arrive(streams, turns)) {
          if (frame.kind === 'first') {
            passed++;
            order.passed();
          } else {
            came.add(frame.place.number);
            order.came(frame.place, written(frame.place));
          }
          const next = places.find(({ number }) => number === dealt.length);
          // Nothing waits that need not.
          expect(next === undefined || !came.has(next.number) || next.after > passed).toBe(true);
          expect(order.heldBytes).toBe((came.size - dealt.length) * PLACE_BYTES);
        }
        expect(dealt).toEqual(places.sort((a, b) => a.number - b.number));
        expect(order).toMatchObject({ next: places.length, heldBytes: 0 });
      }),
    );
  });

  test('takes no message twice', () => {
    const order = createStripeOrder(() => undefined);
    const body = Buffer.alloc(10);
    order.came({ number: 0, after: 0 }, body);
    order.came({ number: 2, after: 0 }, body);
    expect(order.heldBytes).toBe(10);
    for (const number of [0, 2])
      expect(() => order.came({ number, after: 0 }, body)).toThrow(`message ${number} of a stripe twice`);
  });

  test('a place is read as it was written, also one of billions', () => {
    const place = { number: 2 ** 47, after: 2 ** 33 };
    expect(readPlace(written(place))).toEqual(place);
    for (const bytes of [0, 11, 13]) expect(() => readPlace(Buffer.alloc(bytes))).toThrow('without its place');
  });
});

function written(place: Place): Buffer {
  const bytes = Buffer.alloc(PLACE_BYTES);
  writePlace(place, bytes, 0);
  return bytes;
}
