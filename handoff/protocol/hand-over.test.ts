import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWorld, KEY, type Victim } from './fixtures/world.ts';
import { isUnfinished } from './own-steps.ts';
import { isOpen } from './recover.ts';

type World = ReturnType<typeof createWorld>;

/** More moments than a handoff and its recovery have. */
const MANY = 90;

function expectWhole({ a, b, owner, everBoth, everReopened, ledgerOf }: World, id: string): void {
  expect(everBoth(), 'the service ran on both hosts').toBe(false);
  expect(everReopened(), 'what was over is under way again').toBe(false);
  expect(
    [a, b].filter(({ runs }) => runs).map((host) => host.owner.id),
    'it runs where the owner is',
  ).toEqual([owner() ?? a.owner.id]);
  const claims = [a, b].map((host) => ledgerOf(host).claim(KEY)?.owner);
  if (owner() !== undefined) expect(new Set(claims.filter((claim) => claim !== undefined))).toEqual(new Set([owner()]));
  for (const host of [a, b]) {
    expect(ledgerOf(host).outgoings().filter(isUnfinished)).toEqual([]);
    expect(ledgerOf(host).incoming(id)?.phase).not.toBe('preparing');
    expect(ledgerOf(host).incomings().filter(isOpen)).toEqual([]);
  }
}

test('a handoff that nothing disturbs: the session is there, both hosts say so, and it comes back', async () => {
  const world = createWorld({ killAt: -1, victim: 'driver' });
  expect(await world.run(world.a, world.b, world.a, 'H1')).toBe('done');
  expect(world.owner()).toBe('host-b');
  expectWhole(world, 'H1');
  expect(await world.run(world.a, world.b, world.a, 'H2')).toBe('failed');
  expectWhole(world, 'H1');
  expect(await world.run(world.b, world.a, world.a, 'H3')).toBe('done');
  expect(world.owner()).toBe('host-a');
  expectWhole(world, 'H3');
  expect(world.ledgerOf(world.b).claim(KEY)).toMatchObject({ epoch: 2, former: [{ epoch: 1 }, { epoch: 0 }] });
});

test.each(['stop', 'barrier'] as const)('where the %s fails the session goes on here', async (refuse) => {
  const world = createWorld({ killAt: -1, victim: 'driver', refuse });
  expect(await world.run(world.a, world.b, world.a, 'H')).toBe('failed');
  expect(world.owner()).toBe('host-a');
  expectWhole(world, 'H');
});

const VICTIMS: readonly Victim[] = ['driver', 'helper', 'both'];

test.each(VICTIMS.flatMap((victim) => [[victim, 'here'] as const, [victim, 'there'] as const]))(
  'killed at any moment (%s; driven from %s): after recovery one host has it and runs it, and never both',
  async (victim, seat) => {
    const outcomes = new Set<string | undefined>();
    for (let killAt = 0; killAt < MANY; killAt++) {
      const world = createWorld({ killAt, victim });
      const { a, b } = world;
      await world.run(a, b, seat === 'here' ? a : b, 'H');
      expect(world.everBoth()).toBe(false);
      // Without the other host nobody may guess.
      await world.heal(a, { reaches: false });
      expect(world.everBoth()).toBe(false);
      await world.heal(b, { reaches: false });
      expect(world.everBoth()).toBe(false);
      await world.heal(a, { reaches: true });
      await world.heal(b, { reaches: true });
      expectWhole(world, 'H');
      outcomes.add(world.owner());
    }
    expect(outcomes).toContain('host-b');
    expect(outcomes.has('host-a') || outcomes.has(undefined)).toBe(true);
  },
);

test.each(VICTIMS)(
  'killed (%s) once it was put up there: what its user has ended since is not started again',
  async (victim) => {
    let times = 0;
    for (let killAt = 0; killAt < MANY; killAt++) {
      const world = createWorld({ killAt, victim });
      const { a, b } = world;
      const ended = await world.run(a, b, a, 'H');
      if (ended === 'done' || world.ledgerOf(b).incoming('H')?.phase !== 'restored') continue;
      times++;
      b.runs = false;
      await world.heal(a, { reaches: true });
      await world.heal(b, { reaches: true });
      expect(b.runs).toBe(false);
    }
    expect(times).toBeGreaterThan(0);
  },
);

test('and in whatever order the hosts recover, cut off or not, before a next handoff is tried', async () => {
  const heals = fc.array(fc.record({ host: fc.constantFrom('a' as const, 'b' as const), reaches: fc.boolean() }), {
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: MANY }),
      fc.constantFrom(...VICTIMS),
      fc.boolean(),
      heals,
      fc.boolean(),
      async (killAt, victim, isPulled, some, isPulledNext) => {
        const world = createWorld({ killAt, victim });
        const { a, b } = world;
        await world.run(a, b, isPulled ? b : a, 'H1');
        for (const { host, reaches } of some) await world.heal(world[host], { reaches });
        await world.run(a, b, isPulledNext ? b : a, 'H2');
        for (const host of [a, b, a]) await world.heal(host, { reaches: true });
        expectWhole(world, 'H2');
      },
    ),
    { numRuns: Number(process.env.NUM_RUNS ?? 200) },
  );
});
