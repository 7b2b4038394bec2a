/**
 * What linked hosts know of each other's sessions, carried by their agents: each host's claims, which handoffs to it
 * came to nothing, and the last snapshot of each session that it has.
 *
 * @module
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import * as z from 'zod';
import type { ControlClient } from '../../agent/control/client.ts';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import type { Home } from '../../platform/home.ts';
import { type Claim, claimSchema, idSchema, isMadeBy } from './claim.ts';
import type { Handoff } from './handoff.ts';
import type { OwnHost } from './own-steps.ts';

const CLAIMS = 'claims.json';
const SNAPSHOT = '.snapshot';
const RECENT = 50;

const sentSchema = z.object({
  id: idSchema,
  label: z.string().max(200),
  takenAt: z.iso.datetime(),
  offered: z.string().max(200).optional().describe('a host that the user wanted to go to and that was down'),
});

const letterSchema = z.looseObject({
  hostId: z.string().min(1).max(200),
  hostName: z.string().min(1).max(200),
  claims: z.array(claimSchema),
  aborted: z.array(idSchema).describe('handoffs to this host that will not come to pass'),
  snapshots: z.record(idSchema, sentSchema),
});
export type Letter = z.infer<typeof letterSchema>;

export interface Received extends Letter {
  /** What this host calls it. */
  readonly name: string;
  readonly folder: AbsPath;
}

/** Tells linked hosts what stands in the ledger. Where no agent runs they hear of it when one does. */
export async function sendMail(
  home: Home,
  { self, ledger }: OwnHost,
  agent: ControlClient | undefined,
  snapshot?: z.infer<typeof sentSchema> & { readonly sessionKey: string; readonly packed: Uint8Array },
): Promise<void> {
  const out = childPath(home.state, 'parcels/out');
  const claims = ledger.claims();
  const isElsewhere = (key: string): boolean =>
    claims.some(({ sessionKey, owner }) => sessionKey === key && owner !== self.id);
  const before = readLetter(childPath(out, CLAIMS))?.snapshots ?? {};
  const { packed, sessionKey, ...facts } = snapshot ?? {};
  if (packed !== undefined) writeFileAtomic(childPath(out, `${sessionKey}${SNAPSHOT}`), packed);
  const all = { ...before, ...(sessionKey !== undefined && { [sessionKey]: facts }) };
  const kept = Object.fromEntries(Object.entries(all).filter(([key]) => !isElsewhere(key)));
  for (const key of Object.keys(all)) {
    if (!(key in kept)) rmSync(childPath(out, `${key}${SNAPSHOT}`), { force: true });
  }
  const aborted = ledger.incomings().filter(({ phase }) => phase === 'aborted');
  const letter = {
    ...{ hostId: self.id, hostName: self.name, claims, snapshots: kept },
    aborted: aborted.slice(-RECENT).map(({ handoff }) => handoff.id),
  };
  const text = `${JSON.stringify(letter, null, 1)}\n`;
  if (packed === undefined && text === readText(childPath(out, CLAIMS))) return;
  writeFileAtomic(childPath(out, CLAIMS), text);
  await agent?.call('publish', {}, { timeoutMs: 10_000 }).catch(() => undefined);
}

/** The last of each host. */
export function readMail(home: Pick<Home, 'state'>): Received[] {
  const from = childPath(home.state, 'parcels/from');
  return foldersIn(from).flatMap((id) => {
    const folder = childPath(from, id);
    const letter = readLetter(childPath(folder, CLAIMS));
    const name = readText(childPath(folder, '.sender'))?.trim();
    return letter === undefined ? [] : [{ ...letter, name: name || letter.hostName, folder }];
  });
}

/** The snapshots that came from a host, by what it is called here or there; the youngest first. */
export function snapshotsFrom(
  home: Pick<Home, 'state'>,
  host: string,
): {
  readonly takenAt: string;
  readonly label: string;
  readonly hostName: string;
  readonly claims: readonly Claim[];
  readonly read: () => Uint8Array;
}[] {
  return readMail(home)
    .filter(({ name, hostName }) => name === host || hostName === host)
    .flatMap(({ snapshots, folder, hostName, claims }) =>
      Object.entries(snapshots).map(([key, { takenAt, label }]) => ({
        ...{ takenAt, label, hostName, claims },
        read: () => readFileSync(childPath(folder, `${key}${SNAPSHOT}`)),
      })),
    )
    .sort((a, b) => (a.takenAt < b.takenAt ? 1 : -1));
}

/** What came of a handoff, where the host that it went to has written of it. */
export function heardOf(
  mail: readonly Received[],
  { id, to }: Handoff,
): { readonly outcome: 'committed'; readonly claim: Claim } | { readonly outcome: 'aborted' } | undefined {
  const letter = mail.find(({ hostId }) => hostId === to.id);
  const claim = letter?.claims.find((one) => isMadeBy(one, id));
  if (claim !== undefined) return { outcome: 'committed', claim };
  return letter?.aborted.includes(id) ? { outcome: 'aborted' } : undefined;
}

function readLetter(path: AbsPath): Letter | undefined {
  try {
    return letterSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function readText(path: AbsPath): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function foldersIn(folder: AbsPath): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
