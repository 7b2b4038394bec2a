/**
 * `dsync handoff status`: who has which session, and what was cut off.
 *
 * @module
 */
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatDuration, formatTable } from '../../platform/format.ts';
import { visible } from '../../platform/visible.ts';
import { withThisHost } from '../protocol/host-steps.ts';
import { readMail } from '../protocol/mail.ts';
import { isUnfinished } from '../protocol/own-steps.ts';

export function handoffStatus(cli: Cli, { json }: { readonly json?: true }): Promise<ExitCode> {
  return withThisHost<ExitCode>({ home: cli.home }, async ({ host: { ledger, self, isWorking } }) => {
    const claims = ledger.claims();
    const leaving = ledger.outgoings().filter(isUnfinished);
    const coming = ledger.incomings().filter(({ phase }) => phase === 'preparing' || phase === 'committed');
    const incomplete = ledger.incomings().filter(({ phase, complete }) => phase === 'restored' && complete === false);
    const open = [...leaving, ...coming].map(({ handoff, phase, worker }) => ({
      ...{ id: handoff.id, label: handoff.label, from: handoff.from.name, to: handoff.to.name, phase },
      pid: isWorking(worker) ? worker.pid : null,
    }));
    const labels = new Map(
      [...ledger.outgoings(), ...ledger.incomings()].map(({ handoff }) => [handoff.sessionKey, handoff.label]),
    );
    const sessions = claims.map(({ sessionKey, owner, ownerName, epoch, since, takenOver }) => ({
      ...{ sessionKey, label: labels.get(sessionKey) ?? '', host: owner === self.id ? self.name : ownerName },
      ...{ isHere: owner === self.id, epoch, since, takenOver: takenOver ?? false },
    }));
    const elsewhere = readMail(cli.home).flatMap(({ name, snapshots }) =>
      Object.values(snapshots).map(({ label, takenAt, offered }) => ({ host: name, label, takenAt, offered })),
    );
    if (json) cli.printJson({ sessions, elsewhere, open, incomplete: incomplete.map(({ handoff }) => handoff.id) });
    else {
      const rows = sessions.map(({ label, sessionKey, isHere, host, since, takenOver }) => [
        cli.colors.bold(visible(label || sessionKey)),
        isHere ? 'here' : `on ${visible(host)}`,
        `since ${since}${takenOver ? ', taken over' : ''}`,
      ]);
      for (const line of formatTable(rows)) cli.print(line);
      for (const { label, from, to, phase, pid } of open) {
        cli.print(
          visible(
            `! ${label}: ${from} → ${to}, ${phase}${pid === null ? ', cut off: dsync handoff restore --retry' : ` (pid ${pid})`}`,
          ),
        );
      }
      for (const { handoff } of incomplete)
        cli.print(
          visible(`! ${handoff.label} from ${handoff.from.name} is not complete: dsync handoff restore --retry`),
        );
      for (const { host, label, takenAt, offered } of elsewhere) {
        const age = formatDuration(Date.now() - Date.parse(takenAt));
        const had = offered === undefined ? `had ${label}` : `offers ${label} to ${offered}, since`;
        cli.print(visible(`· ${host} ${had} ${age} ago. Fetch it: switch-host --from ${host}`));
      }
      if (sessions.length === 0) cli.note('No session has been handed over yet: switch-host HOST');
    }
    return open.some(({ pid }) => pid === null) || incomplete.length > 0 ? 3 : 0;
  });
}
