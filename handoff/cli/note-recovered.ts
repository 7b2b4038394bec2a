import type { Cli } from '../../platform/cli.ts';
import { visible } from '../../platform/visible.ts';
import type { CaughtUp } from '../protocol/catch-up.ts';
import type { Recovered } from '../protocol/recover.ts';

/** What became of handoffs that had been cut off, and of sessions that another host has taken. */
export function noteCaughtUp(cli: Cli, { recovered, lost }: CaughtUp): void {
  for (const one of recovered) {
    const text = textOf(one);
    if (text !== undefined) cli.note(visible(text));
  }
  for (const { ownerName, since } of lost) {
    cli.note(visible(`The session of this host is on ${ownerName} since ${since}; what is here is what was left`));
  }
}

function textOf({ handoff: { label, from, to }, outcome, report, why }: Recovered): string | undefined {
  switch (outcome) {
    case 'put-back':
      return `The handoff of ${label} to ${to.name} had been cut off: it is here, as it was`;
    case 'handed-over':
      return `The handoff of ${label} to ${to.name} had been cut off: it is on ${to.name}`;
    case 'came':
      return report && `The handoff of ${label} from ${from.name} had been cut off: it is here now`;
    case 'aborted':
      return undefined;
    case 'unknown':
      return `A handoff of ${label} from ${from.name} to ${to.name} was cut off and is not over: ${why ?? ''}`;
  }
}
