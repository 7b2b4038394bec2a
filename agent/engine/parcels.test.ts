import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AbsPath } from '../../platform/abs-path.ts';
import { MAX_PARCEL_BYTES, type Message } from '../link/messages.ts';
import { createParcels, type ParcelMessage, type ParcelPeer, type Parcels } from './parcels.ts';

let folder: AbsPath;
let arrivals: number;
let ours: Parcels;
let theirs: Parcels;
/** What went over the link, in order. */
let said: ParcelMessage[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsync-parcels-')) as AbsPath;
  mkdirSync(at('out'));
  arrivals = 0;
  said = [];
  const onFailure = (text: string, error: unknown): void => expect.unreachable(`${text}: ${String(error)}`);
  ours = createParcels({ out: at('out'), from: at('none'), onArrived: () => undefined, onFailure });
  theirs = createParcels({ out: at('no out'), from: at('from'), onArrived: () => arrivals++, onFailure });
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string): AbsPath => join(folder, name) as AbsPath;
const hashOf = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

function peer(name: string, send: (message: ParcelMessage) => void): ParcelPeer {
  return {
    hostId: `id of ${name}`,
    name,
    greeting: { features: ['parcels'] },
    channel: { send: (message: Message) => send(message as ParcelMessage), whenRoom: (callback) => callback() },
  };
}
const toThem: ParcelPeer = peer('them', (message) => {
  said.push(message);
  theirs.handle(toUs, message);
});
const toUs: ParcelPeer = peer('us', (message) => {
  said.push(message);
  ours.handle(toThem, message);
});

const put = (name: string, content: Uint8Array | string): void => writeFileSync(join(at('out'), name), content);
function arrived(): Record<string, string> {
  const [host] = readdirSync(at('from'));
  const names = readdirSync(join(at('from'), host ?? '')).filter((name) => !name.startsWith('.'));
  return Object.fromEntries(names.map((name) => [name, hashOf(readFileSync(join(at('from'), host ?? '', name)))]));
}

test('what is in the folder arrives, what changed comes again, what is gone goes', () => {
  const large = randomBytes(3 << 20);
  put('one', 'first');
  put('two', large);
  ours.announce(toThem);
  expect(arrived()).toEqual({ one: hashOf('first'), two: hashOf(large) });
  expect(arrivals).toBe(1);
  said = [];
  put('one', 'second');
  rmSync(join(at('out'), 'two'));
  ours.announce(toThem);
  expect(arrived()).toEqual({ one: hashOf('second') });
  expect(said.map(({ type }) => type)).toEqual(['parcels', 'parcel-want', 'parcel']);
});

test('one is asked for after the other', () => {
  for (const name of ['one', 'two', 'three']) put(name, name);
  ours.announce(toThem);
  expect(said.slice(1).map(({ type }) => type)).toEqual(Array(3).fill(['parcel-want', 'parcel']).flat());
});

test('what is too large stays, and is in nobody’s way', () => {
  put('large', Buffer.alloc(MAX_PARCEL_BYTES + 1));
  put('small', 'small');
  ours.announce(toThem);
  expect(arrived()).toEqual({ small: hashOf('small') });
});

test('all that one host announces is kept within bounds', () => {
  const list = Array.from({ length: 20 }, (_, i) => ({
    name: `n${i}`,
    hash: hashOf(`${i}`),
    sizeBytes: MAX_PARCEL_BYTES,
  }));
  const wanted: string[] = [];
  const hostile = peer('hostile', (message) => {
    if (message.type !== 'parcel-want') return;
    wanted.push(message.name);
    const { name, hash } = message;
    // Not what was announced: the next is asked for all the same.
    theirs.handle(hostile, { type: 'parcel', name, hash, offset: 0, bytes: Buffer.from('x'), last: true });
  });
  theirs.handle(hostile, { type: 'parcels', list });
  expect(wanted).toEqual(list.slice(0, 8).map(({ name }) => name));
});

test.each<[string, Partial<Extract<ParcelMessage, { type: 'parcel' }>>]>([
  ['was not asked for', { name: 'other' }],
  ['is of another content', { hash: hashOf('other') }],
  ['is not the next part', { offset: 1 }],
  ['does not have the hash', { bytes: Buffer.from('other') }],
])('a part that %s is not kept', (_, change) => {
  const hostile = peer('hostile', () => undefined);
  theirs.handle(hostile, { type: 'parcels', list: [{ name: 'one', hash: hashOf('one'), sizeBytes: 3 }] });
  const part = {
    type: 'parcel',
    name: 'one',
    hash: hashOf('one'),
    offset: 0,
    bytes: Buffer.from('one'),
    last: true,
  } as const;
  theirs.handle(hostile, { ...part, ...change });
  expect(() => arrived()).toThrow('ENOENT');
});

test('a parcel without end is given up', () => {
  const hostile = peer('hostile', () => undefined);
  const [name, hash] = ['one', hashOf('one')];
  theirs.handle(hostile, { type: 'parcels', list: [{ name, hash, sizeBytes: 3 }] });
  const bytes = Buffer.alloc(1 << 20);
  for (let offset = 0; arrivals === 0; offset += bytes.length) {
    expect(offset).toBeLessThanOrEqual(MAX_PARCEL_BYTES);
    theirs.handle(hostile, { type: 'parcel', name, hash, offset, bytes, last: false });
  }
});
