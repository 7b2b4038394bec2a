/**
 * Opens the stripes of a link, where the way is so long that one channel of SSH would not fill the line.
 *
 * @module
 */
import type { Duplex } from 'node:stream';
import { messageOf } from '../../platform/failure.ts';
import type { Log } from '../../platform/log.ts';
import type { HostLink } from './host-link.ts';

/** Four channels of 2 MiB are as much as the agents have under way. */
const STRIPES = 4;
/** 2 MiB in so much time are more than the agents take on. */
const SHORT_MS = 4;

/** Never rejects: without them the link is slower, and nothing else. */
export async function openStripes(link: HostLink, open: (link: string) => Promise<Duplex>, log: Log): Promise<void> {
  const name = link.greeting.stripes;
  if (name === undefined) return;
  await link.measured;
  const { rttMs } = link;
  if (rttMs < SHORT_MS) return;
  const told = { host: link.name, rttMs: Math.round(rttMs) };
  try {
    for (let count = 0; count < STRIPES; count++) link.channel.addStripe(await open(name));
    log.debug(told, 'bulk goes by stripes');
  } catch (error) {
    log.debug({ ...told, reason: messageOf(error) }, 'bulk goes without stripes');
  }
}
