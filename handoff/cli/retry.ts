/**
 * `dsync handoff restore --retry`: what was cut off, or could not be put up as a whole, is tried again.
 *
 * @module
 */
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { visible } from '../../platform/visible.ts';
import { catchUp } from '../protocol/catch-up.ts';
import { withThisHost } from '../protocol/host-steps.ts';
import { openOtherHosts } from '../protocol/hosts.ts';
import type { Recovered } from '../protocol/recover.ts';
import { untilIdle } from '../protocol/until-idle.ts';
import { formatReport } from './format-handoff.ts';
import { noteCaughtUp } from './note-recovered.ts';

/** A handoff, or the recovery of one, takes seconds. */
const BUSY_MS = 60_000;

export function retry(cli: Cli, { json }: { readonly json?: true }): Promise<ExitCode> {
  return withThisHost<ExitCode>({ home: cli.home }, async (self) => {
    const { host, side } = self;
    await using hosts = openOtherHosts(self);
    const recovered: Recovered[] = [];
    const endCutOff = async (): Promise<void> => {
      const caughtUp = await catchUp(cli.home, self, { hosts, signal: cli.signal });
      noteCaughtUp(cli, caughtUp);
      recovered.push(...caughtUp.recovered);
    };
    const busy = await untilIdle(host, endCutOff, { timeoutMs: BUSY_MS, signal: cli.signal });
    const done = new Set(recovered.map(({ handoff }) => handoff.id));
    const reports = recovered.flatMap(({ report }) => report ?? []);
    const isOurs = (sessionKey: string): boolean => host.ledger.claim(sessionKey)?.owner === host.self.id;
    for (const { handoff, phase, complete } of host.ledger.incomings()) {
      if (phase !== 'restored' || complete !== false || done.has(handoff.id) || !isOurs(handoff.sessionKey)) continue;
      reports.push((await side.call('restore', { id: handoff.id }, { signal: cli.signal })).report);
    }
    if (json) {
      const outcomes = recovered.map(({ handoff, outcome, why }) => ({
        id: handoff.id,
        label: handoff.label,
        outcome,
        why,
      }));
      cli.printJson({ recovered: outcomes, reports });
    } else {
      for (const report of reports) for (const line of formatReport(report, cli.colors)) cli.print(line);
      for (const { handoff, worker } of busy) {
        const { label, from, to } = handoff;
        cli.note(visible(`A handoff of ${label} from ${from.name} to ${to.name} is under way (pid ${worker.pid})`));
      }
      if (recovered.length === 0 && busy.length === 0 && reports.length === 0)
        cli.print(visible('Nothing was cut off.'));
    }
    const isUnknown = recovered.some(({ outcome }) => outcome === 'unknown');
    return isUnknown || busy.length > 0 || reports.some(({ complete }) => !complete) ? 1 : 0;
  });
}
