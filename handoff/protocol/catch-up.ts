/**
 * What has happened while nobody looked: claims of other hosts, and handoffs that were cut off.
 *
 * @module
 */
import type { Home } from '../../platform/home.ts';
import type { Claim } from './claim.ts';
import type { ThisHost } from './host-steps.ts';
import type { OtherHosts } from './hosts.ts';
import { heardOf, readMail, sendMail } from './mail.ts';
import { type Recovered, recover } from './recover.ts';
import { hearClaim } from './take-over.ts';

export interface CaughtUp {
  readonly recovered: readonly Recovered[];
  /** Sessions that this host had, and another one has: it stands back. */
  readonly lost: readonly Claim[];
}

export async function catchUp(
  home: Home,
  { host, side, agent }: ThisHost,
  { hosts, signal }: { readonly hosts: OtherHosts; readonly signal: AbortSignal },
): Promise<CaughtUp> {
  const mail = readMail(home);
  // First: what was cut off is decided by what the other side wrote, and its claim is taken over with that.
  const recovered = await recover({
    ...{ host, own: side, signal },
    reach: (other) => hosts.reach(other),
    heard: (handoff) => heardOf(mail, handoff),
  });
  const lost: Claim[] = [];
  for (const claim of mail.flatMap(({ claims }) => claims)) {
    if (!(await hearClaim(host, claim))) continue;
    lost.push(claim);
    await host.session.mark(claim, claim.ownerName);
  }
  await sendMail(home, host, agent);
  return { recovered, lost };
}
