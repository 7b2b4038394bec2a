/**
 * This terminal, in the session that was put up; or how to get there.
 *
 * @module
 */
import type { Cli } from '../../platform/cli.ts';
import { quoteWords } from '../../platform/quote-words.ts';
import { readHandoffSettings } from '../handoff-settings.ts';
import { attachArgv, localAttachArgv, type Place, runInTerminal } from '../protocol/attach.ts';
import { isPortFree } from '../protocol/free-port.ts';
import type { RestoreReport } from '../restore/plan-schema.ts';

export interface Shown {
  readonly report: RestoreReport;
  /** Where a shell starts if there is no tmux. */
  readonly folder: string;
  /** Undefined where the session is on this host. */
  readonly remote:
    | { readonly host: string; readonly destination: string; readonly sharing: readonly string[] }
    | undefined;
  readonly attach: boolean;
}

export async function show(cli: Cli, { report, folder, remote, attach }: Shown): Promise<void> {
  const place: Place = { session: report.attach, socket: report.socket, folder };
  if (remote === undefined) {
    if (place.session === null) return cli.note(`There is no tmux here: go on in ${folder}`);
    if (attach && cli.canAsk) await runInTerminal(localAttachArgv(place));
    else cli.note(`See it: ${quoteWords(localAttachArgv(place))}`);
    return;
  }
  const settings = readHandoffSettings(cli.home);
  const by = settings.attachTo[remote.host] ?? settings.attach;
  const ports = settings.forward ? await portsToForward(cli, report, remote.host) : [];
  const isShown = attach && cli.canAsk;
  const isNested = (process.env.TMUX ?? '') !== '';
  const argv = attachArgv(by, {
    ...place,
    ports,
    destination: remote.destination,
    sharing: isShown && !isNested ? remote.sharing : [],
  });
  if (!isShown) return cli.note(`See it: ${quoteWords(argv)}`);
  if (by === 'mosh' && ports.length > 0)
    cli.note(`mosh forwards no ports: ${ports.join(', ')} can be reached on ${remote.host} alone`);
  await runInTerminal(argv);
}

/** Those of services that run there, as far as they are free here. */
async function portsToForward(cli: Cli, { services }: RestoreReport, host: string): Promise<number[]> {
  const wanted = [...new Set(services.filter(({ state }) => state !== 'down').flatMap(({ ports }) => ports))];
  const free: number[] = [];
  for (const port of wanted) {
    if (await isPortFree(port)) free.push(port);
    else cli.note(`Port ${port} is taken here, so that of ${host} is not reached by it`);
  }
  return free;
}
