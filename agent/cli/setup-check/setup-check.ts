/**
 * `dsync setup-check`: gathers what push and pull depend on, and says what to do about each finding.
 *
 * @module
 */
import { type AbsPath, absPath, tildePath, userHome } from '../../../platform/abs-path.ts';
import { capture } from '../../../platform/capture.ts';
import type { Cli, ExitCode } from '../../../platform/cli.ts';
import { DsyncError } from '../../../platform/failure.ts';
import { formatMs } from '../../../platform/format.ts';
import { visible } from '../../../platform/visible.ts';
import { freeBytesHere } from '../../engine/by-hand/free-space.ts';
import { lookHere } from '../../engine/by-hand/look-here.ts';
import { findPlace, type Place, readHost } from '../../engine/by-hand/place.ts';
import { probeThere } from '../../engine/by-hand/probe-there.ts';
import { showThere } from '../../engine/by-hand/remote.ts';
import { listTopArgs } from '../../engine/by-hand/rsync-args.ts';
import { rsyncPathThere } from '../../engine/by-hand/rsync-versions.ts';
import { createTypedRules, ruleFaults } from '../../engine/by-hand/rules.ts';
import { runRsync } from '../../engine/by-hand/run-rsync.ts';
import { openSshMaster, type SshMaster } from '../../engine/by-hand/ssh-master.ts';
import { type Config, peekConfig } from '../../engine/config/load-config.ts';
import { parseRsyncVersion } from '../../transfer/rsync-flavour.ts';
import type { JsonOption } from '../host-commands.ts';
import {
  diskFinding,
  exitOf,
  type Finding,
  placeFindings,
  protocolFinding,
  rsyncFinding,
  talkFinding,
} from './findings.ts';

const MARK = { ok: '✓', warning: '!', failed: '✗', unknown: '?' } as const;
const COLOR = { ok: 'green', warning: 'yellow', failed: 'red', unknown: 'dim' } as const;

export async function setupCheck(cli: Cli, host: string, { json }: JsonOption): Promise<ExitCode> {
  const config = peekConfig(cli.home);
  const place = placeOf(host, config);
  const findings: Finding[] = [];
  const add = (finding: Finding): void => {
    findings.push(finding);
    if (json) return;
    const { check, state, found, cure } = finding;
    cli.print(visible(`${MARK[state]} ${check}: ${found}`).replace(MARK[state], cli.colors[COLOR[state]](MARK[state])));
    if (cure !== undefined) cli.print(visible(`  ${cure}`));
  };

  for (const finding of await findHere(place, config, cli.signal)) add(finding);
  const master = await login(cli, place, add);
  if (master !== undefined) {
    await using open = master;
    for (const finding of await findThere(open, place, cli.signal)) add(finding);
  }
  if (json) cli.printJson({ host: place.host, folder: showThere(place.remote.path), findings });
  return exitOf(findings);
}

/** From a home as a whole nothing is pushed; then the home there is looked at. */
function placeOf(host: string, config: Config): Place {
  const cwd = absPath('.');
  if (!isWhole(cwd)) return findPlace([undefined, host], config);
  const named = readHost(host, config.hosts);
  const remote = { ...named.remote, path: named.remote.path ?? '.' };
  return { here: cwd, below: undefined, host: named.host, remote, env: undefined, options: undefined };
}

function isWhole(folder: AbsPath): boolean {
  return folder === '/' || folder === absPath(userHome());
}

async function findHere(place: Place, config: Config, signal: AbortSignal): Promise<Finding[]> {
  const { code, stdout } = await capture('rsync', ['--version'], { signal });
  return [
    rsyncFinding('here', code === 0 ? parseRsyncVersion(stdout) : undefined),
    rulesFinding(place.here, config, signal),
    diskFinding('here', freeBytesHere(place.here)),
  ];
}

/** Of the folder that would be pushed from here. */
function rulesFinding(here: AbsPath, { settings }: Config, signal: AbortSignal): Finding {
  const check = 'exclude files';
  if (isWhole(here)) return { check, state: 'unknown', found: 'run it in the folder that you push' };
  const { ignore, useGitignore } = settings;
  const typed = createTypedRules([]);
  const { ignoreFiles } = lookHere(here, { below: undefined, settings: ignore, useGitignore, typed, signal });
  const faults = ruleFaults(ignoreFiles);
  const [first] = faults;
  if (first !== undefined) {
    const more = faults.length > 1 ? `, and ${faults.length - 1} more` : '';
    const cure = 'Write plain excludes, “- PATTERN” and “+ PATTERN”, or use a .dsyncignore.';
    return {
      check,
      state: 'warning',
      found: `${first.source}:${first.line} has no effect: ${first.reason}${more}`,
      cure,
    };
  }
  const names = [...ignoreFiles.keys()];
  const found = names.length === 0 ? 'none; the built-in rules hold' : names.join(', ');
  return { check, state: 'ok', found: `${found} (in ${tildePath(here)})` };
}

/** First as a script would, then, where somebody is there, with questions. */
async function login(
  cli: Cli,
  { remote, options }: Place,
  add: (finding: Finding) => void,
): Promise<SshMaster | undefined> {
  const ssh = options?.ssh ?? [];
  const start = performance.now();
  try {
    const master = await openSshMaster(remote, { ssh, mayAsk: false, signal: cli.signal });
    add({
      check: 'ssh',
      state: 'ok',
      found: `host key known, logs in without a question, ${formatMs(performance.now() - start)}`,
    });
    return master;
  } catch (error) {
    if (!(error instanceof DsyncError)) throw error;
    const check = error.code === 'SSH_AUTH' ? 'ssh key' : error.code.startsWith('HOST_KEY') ? 'host key' : 'ssh';
    const canAsk = cli.canAsk && (error.code === 'SSH_AUTH' || error.code === 'HOST_KEY_UNKNOWN');
    const cure = error.code === 'HOST_KEY_UNKNOWN' ? 'Connect once with ssh and compare the key it shows.' : error.cure;
    add({ check, state: canAsk ? 'warning' : 'failed', found: error.message, cure });
    if (!canAsk) return undefined;
  }
  return await openSshMaster(remote, { ssh, mayAsk: true, signal: cli.signal });
}

async function findThere(master: SshMaster, place: Place, signal: AbortSignal): Promise<Finding[]> {
  const { destination, path } = place.remote;
  const probed = await probeThere(master, path);
  const { code, stdout } = await capture('rsync', ['--version'], { signal });
  const ours = code === 0 ? parseRsyncVersion(stdout) : undefined;
  const theirs = probed?.rsync?.flavour;
  const findings: Finding[] = [];
  if (probed !== undefined) {
    findings.push(rsyncFinding('there', theirs));
    if (ours !== undefined && theirs !== undefined) findings.push(protocolFinding(ours, theirs));
  }
  const rsyncPath = rsyncPathThere(probed);
  if (ours !== undefined && (probed === undefined || theirs !== undefined)) {
    const there = probed?.place === 'folder' || probed === undefined ? path : '.';
    const start = performance.now();
    const args = listTopArgs({ destination, there, ssh: master.words, rsyncPath });
    const end = await runRsync({ args, onLine: () => undefined, signal });
    findings.push(talkFinding(end.code, end.complaint, performance.now() - start));
  }
  return [...findings, ...placeFindings(probed, `${place.host}:${showThere(path)}`)];
}
