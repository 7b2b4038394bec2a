/**
 * Random histories on a model of whole hosts: what they write down of an incoming entry is what `engine/receive.ts` and
 * `engine/keep-both.ts` do with it, less the disk.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conflictPath, conflictWinner, isConflictCopy, needsCopy, parseConflictPath } from './conflict.ts';
import { decide } from './decide.ts';
import { type Entry, isLive, sameContent, unheardOf } from './entry.ts';
import type { RelPath } from './rel-path.ts';
import { bumpVersion, compareVersions, type EpochId, joinVersions, NO_VERSION } from './version.ts';

const PATHS = ['a', 'b', 'deep/c'] as RelPath[];

interface Host {
  readonly name: string;
  /** What the host would write to its index, by path. */
  readonly entryByPath: Map<RelPath, Entry>;
  writes: number;
  edit(path: RelPath, change: Change): void;
  receive(theirs: Entry): void;
  /** The index is lost: a scan finds what is on disk, without a past. */
  loseIndex(): void;
}

type Change =
  | { readonly kind: 'save'; readonly text: string; readonly mtimeNs: bigint; readonly mode: number }
  | { readonly kind: 'link'; readonly text: string; readonly mtimeNs: bigint }
  | { readonly kind: 'folder' }
  | { readonly kind: 'delete' };

/** Contents that a change replaced on the host where it was made. */
type Superseded = Map<RelPath, Set<string>>;

const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url');

function createHost(name: string, superseded: Superseded): Host {
  const entryByPath = new Map<RelPath, Entry>();
  let epoch = `epoch-${name}-1` as EpochId;
  let lives = 1;
  let seq = 0;

  const put = (entry: Entry) => {
    host.writes++;
    entryByPath.set(entry.path, entry);
  };
  const own = (content: Omit<Entry, 'version' | 'author'>, author = `${name}/1`) => {
    const ours = entryByPath.get(content.path);
    put({ ...content, version: bumpVersion(ours?.version ?? NO_VERSION, epoch, ++seq), author });
  };
  const keepCopy = (loser: Entry) => {
    const path = conflictPath(loser);
    if (entryByPath.get(path)?.hash === loser.hash) return;
    own({ ...loser, path });
  };
  const keep = (ours: Entry | undefined, theirs: Entry) => {
    const version = joinVersions(ours?.version ?? NO_VERSION, theirs.version);
    if (compareVersions(version, ours?.version ?? NO_VERSION) !== 'newer') return;
    const kept = ours ?? theirs;
    const takesMtime =
      kept.kind === 'file' &&
      theirs.kind === 'file' &&
      kept.mtimeNs !== theirs.mtimeNs &&
      (compareVersions(theirs.version, kept.version) === 'newer' || theirs.mtimeNs > kept.mtimeNs);
    put({ ...kept, ...(takesMtime && { mtimeNs: theirs.mtimeNs, author: theirs.author }), version });
  };

  const host: Host = {
    name,
    entryByPath,
    writes: 0,
    edit(path, change) {
      const ours = entryByPath.get(path);
      if (isLive(ours)) {
        const seen = superseded.get(path) ?? new Set();
        superseded.set(path, seen.add(ours.hash));
      }
      const nothing = unheardOf(path);
      switch (change.kind) {
        case 'save':
          own({
            ...nothing,
            kind: 'file',
            sizeBytes: change.text.length,
            mtimeNs: change.mtimeNs,
            mode: change.mode,
            hash: hashOf(change.text),
          });
          return;
        case 'link':
          own({ ...nothing, kind: 'symlink', mtimeNs: change.mtimeNs, hash: hashOf(change.text), target: change.text });
          return;
        case 'folder':
          own({ ...nothing, kind: 'folder', mode: 0o755 });
          return;
        case 'delete':
          if (isLive(ours)) own(nothing);
      }
    },
    receive(theirs) {
      const ours = entryByPath.get(theirs.path);
      const version = joinVersions(ours?.version ?? NO_VERSION, theirs.version);
      switch (decide(ours ?? unheardOf(theirs.path), theirs)) {
        case 'keep':
          keep(ours, theirs);
          return;
        case 'apply':
          put({ ...theirs, version });
          return;
        case 'conflict': {
          if (ours === undefined) throw new Error('Nothing cannot be in conflict');
          const winner = conflictWinner(ours, theirs);
          const loser = winner === ours ? theirs : ours;
          if (needsCopy(winner, loser)) keepCopy(loser);
          put({ ...winner, version });
        }
      }
    },
    loseIndex() {
      const live = [...entryByPath.values()].filter(isLive);
      entryByPath.clear();
      epoch = `epoch-${name}-${++lives}` as EpochId;
      for (const { version: _, author: __, ...content } of live) own(content);
    },
  };
  return host;
}

type Step =
  | { readonly kind: 'edit'; readonly host: number; readonly path: RelPath; readonly change: Change }
  | { readonly kind: 'edit-copy'; readonly host: number; readonly change: Change }
  /** Entries as they are now; they arrive at a later step, or never. */
  | { readonly kind: 'send'; readonly from: number; readonly to: number; readonly paths: readonly RelPath[] }
  | { readonly kind: 'arrive'; readonly which: number }
  | { readonly kind: 'lose-index'; readonly host: number };

const times = fc.integer({ min: 0, max: 3 }).map((second) => BigInt(second) * 1_000_000_000n);
const saves: fc.Arbitrary<Change> = fc.record({
  kind: fc.constant('save' as const),
  // Most saves are like no other; some hosts write the same.
  text: fc.oneof(
    { weight: 5, arbitrary: fc.noBias(fc.nat()).map((n) => `token ${n}`) },
    { weight: 1, arbitrary: fc.constantFrom('same', '') },
  ),
  mtimeNs: times,
  mode: fc.constantFrom(0o644, 0o644, 0o755),
});
const changes: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: saves },
  { weight: 2, arbitrary: fc.constant({ kind: 'delete' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('link' as const), text: fc.constantFrom('x', 'y'), mtimeNs: times }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'folder' as const }) },
);
const host = fc.nat(3);
const step = (losesIndex: boolean): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('edit' as const),
        host,
        path: fc.constantFrom(...PATHS),
        change: changes,
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('send' as const),
        from: host,
        to: host,
        paths: fc.subarray(PATHS, { minLength: 1 }),
      }),
    },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('arrive' as const), which: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('edit-copy' as const), host, change: changes }) },
    { weight: losesIndex ? 1 : 0, arbitrary: fc.record({ kind: fc.constant('lose-index' as const), host }) },
  );

interface World {
  readonly hosts: readonly Host[];
  readonly superseded: Superseded;
  readonly texts: ReadonlyMap<RelPath, ReadonlySet<string>>;
  readonly rounds: number;
}

const MAX_ROUNDS = 20;

/** Plays the history, then everybody tells everybody everything until nothing is written any more. */
function play(count: number, steps: readonly Step[]): World {
  const superseded: Superseded = new Map();
  const texts = new Map<RelPath, Set<string>>();
  const hosts = Array.from({ length: count }, (_, i) => createHost(`host${i}`, superseded));
  const at = (n: number) => {
    const found = hosts[n % count];
    if (found === undefined) throw new Error('No such host');
    return found;
  };
  const underWay: { to: Host; entries: Entry[] }[] = [];
  const edit = (by: Host, path: RelPath, change: Change) => {
    by.edit(path, change);
    const ours = by.entryByPath.get(path);
    if (change.kind === 'save' && ours !== undefined) texts.set(path, (texts.get(path) ?? new Set()).add(ours.hash));
  };
  for (const each of steps) {
    switch (each.kind) {
      case 'edit':
        edit(at(each.host), each.path, each.change);
        break;
      case 'edit-copy': {
        const copy = [...at(each.host).entryByPath.keys()].find(isConflictCopy);
        if (copy !== undefined) edit(at(each.host), copy, each.change);
        break;
      }
      case 'send': {
        const from = at(each.from);
        const named = [...from.entryByPath.values()].filter(
          ({ path }) => each.paths.includes(path) || isConflictCopy(path),
        );
        underWay.push({ to: at(each.to), entries: named });
        break;
      }
      case 'arrive': {
        const [arrived] = underWay.splice(each.which % Math.max(1, underWay.length), 1);
        for (const entry of arrived?.entries ?? []) arrived?.to.receive(entry);
        break;
      }
      case 'lose-index':
        at(each.host).loseIndex();
    }
  }
  let rounds = 0;
  for (let quiet = false; !quiet && rounds <= MAX_ROUNDS; rounds++) {
    const before = hosts.reduce((sum, { writes }) => sum + writes, 0);
    for (const from of hosts)
      for (const to of hosts) if (from !== to) for (const entry of [...from.entryByPath.values()]) to.receive(entry);
    quiet = hosts.reduce((sum, { writes }) => sum + writes, 0) === before;
  }
  return { hosts, superseded, texts, rounds };
}

function liveOn({ entryByPath }: Host) {
  return [...entryByPath.values()]
    .filter(isLive)
    .map(({ path, kind, mode, hash, target, mtimeNs }) => ({
      path,
      kind,
      mode,
      hash,
      target,
      mtimeNs: kind === 'file' ? mtimeNs : 0n,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Contents that are nowhere, and that nobody who had seen them replaced. */
function lostIn({ hosts: [first], superseded, texts }: World): string[] {
  const entries = [...(first?.entryByPath.values() ?? [])];
  const kept = (path: RelPath, hash: string) =>
    entries.some(
      (entry) => entry.hash === hash && (entry.path === path || entry.path.startsWith(parseConflictFolderOf(path))),
    );
  // A copy that a person edited or deleted was seen by that person.
  const copySeen = (hash: string) => [...superseded].some(([path, seen]) => isConflictCopy(path) && seen.has(hash));
  const lost: string[] = [];
  for (const [path, hashes] of texts)
    for (const hash of hashes)
      if (!kept(path, hash) && !superseded.get(path)?.has(hash) && !copySeen(hash)) lost.push(`${path}: ${hash}`);
  return lost;
}

/** What every conflict copy of the path starts with. */
function parseConflictFolderOf(path: RelPath): string {
  return isConflictCopy(path) ? `${path}.sync-conflict-` : `.dsync/conflicts/${path}.sync-conflict-`;
}

describe.each([2, 3, 4])('any history of %i hosts', (count) => {
  const histories = (losesIndex: boolean) => fc.array(step(losesIndex), { maxLength: 30 });

  test('ends: nobody repeats for ever what all know', () => {
    fc.assert(
      fc.property(histories(true), (steps) => {
        expect(play(count, steps).rounds).toBeLessThanOrEqual(count + 4);
      }),
      { numRuns: 150 },
    );
  });

  test('leaves all hosts equal, the times of files among it', () => {
    fc.assert(
      fc.property(histories(true), (steps) => {
        const [first, ...others] = play(count, steps).hosts;
        for (const other of others) expect(liveOn(other)).toEqual(first && liveOn(first));
      }),
      { numRuns: 150 },
    );
  });

  test('loses no save that nobody replaced after having seen it', () => {
    fc.assert(
      fc.property(histories(false), (steps) => {
        expect(lostIn(play(count, steps))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('by hand', () => {
  const save = (text: string, second = 0): Change => ({
    kind: 'save',
    text,
    mtimeNs: BigInt(second) * 1_000_000_000n,
    mode: 0o644,
  });
  const [a] = PATHS as [RelPath];
  const send = (from: number, to: number): Step[] => [
    { kind: 'send', from, to, paths: PATHS },
    { kind: 'arrive', which: 0 },
  ];
  const edit = (by: number, change: Change): Step => ({ kind: 'edit', host: by, path: a, change });
  const contents = (steps: Step[], hosts = 2) => {
    const [first] = play(hosts, steps).hosts;
    return liveOn(first ?? createHost('none', new Map())).map(({ path, hash }) => [
      parseConflictPath(path)?.original ?? path,
      hash,
    ]);
  };

  test.each<[string, Step[], [string, string][]]>([
    ['a save goes over', [edit(0, save('x'))], [['a', 'x']]],
    [
      'the later of two concurrent saves stays',
      [edit(0, save('x', 2)), edit(1, save('y', 1))],
      [
        ['a', 'y'],
        ['a', 'x'],
      ],
    ],
    [
      'a save that saw the other replaces it, whatever the clocks say',
      [edit(0, save('x', 3)), ...send(0, 1), edit(1, save('y', 0))],
      [['a', 'y']],
    ],
    ['a deletion goes over', [edit(0, save('x')), ...send(0, 1), edit(1, { kind: 'delete' })], []],
    [
      'an edit is stronger than a deletion',
      [edit(0, save('x')), ...send(0, 1), edit(1, { kind: 'delete' }), edit(0, save('y'))],
      [['a', 'y']],
    ],
    [
      'a folder stays, the file is kept',
      [edit(0, save('x', 3)), edit(1, { kind: 'folder' })],
      [
        ['a', 'x'],
        ['a', ''],
      ],
    ],
    ['the same save on two hosts is one', [edit(0, save('x', 1)), edit(1, save('x', 2))], [['a', 'x']]],
    [
      'a lost index brings nothing back over what is newer',
      [edit(0, save('x')), ...send(0, 1), { kind: 'lose-index', host: 0 }],
      [['a', 'x']],
    ],
  ])('%s', (_, steps, expected) => {
    expect(contents(steps)).toEqual(expected.map(([path, text]) => [path, text === '' ? '' : hashOf(text)]));
  });

  test('three saves at once: one stays, two are kept, once each', () => {
    const steps = [
      edit(0, save('x', 1)),
      edit(1, save('y', 1)),
      edit(2, save('z', 2)),
      ...send(0, 1),
      ...send(1, 2),
      ...send(2, 0),
    ];
    expect(contents(steps, 3)).toHaveLength(3);
  });

  test('sameContent() is what equal hosts have', () => {
    const [first, second] = play(2, [edit(0, save('x')), edit(1, save('y'))]).hosts;
    const one = first?.entryByPath.get(a);
    const two = second?.entryByPath.get(a);
    expect(one !== undefined && two !== undefined && sameContent(one, two)).toBe(true);
    expect(one?.version).toEqual(two?.version);
  });
});
