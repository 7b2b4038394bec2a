/**
 * All checks of this host, and of the hosts that it links to.
 *
 * @module
 */
import type { Home } from '../../platform/home.ts';
import { type Check, type CheckResult, runChecks } from './check.ts';
import { type AgentCare, checkAgent } from './check-agent.ts';
import { checkConfig } from './check-config.ts';
import { checkDisk } from './check-disk.ts';
import { checkHost } from './check-host.ts';
import { checkInotify } from './check-inotify.ts';
import { checkKeys } from './check-keys.ts';
import { checkOwnFiles } from './check-own-files.ts';
import { checkPrograms } from './check-programs.ts';
import { checkRoot } from './check-root.ts';
import { checkService } from './check-service.ts';
import { readContext } from './context.ts';

export interface ExamineOptions {
  readonly care: AgentCare;
  /** This host alone. */
  readonly here: boolean;
  readonly signal: AbortSignal;
}

export function examine(home: Home, { care, here, signal }: ExamineOptions): Promise<readonly CheckResult[]> {
  const context = readContext(home);
  const checks: Check[] = [
    checkConfig(context),
    checkAgent(context, care),
    checkOwnFiles(context),
    checkPrograms(),
    checkKeys(context),
    checkDisk(context),
    checkInotify(context),
    checkService(context),
    ...context.roots.map((root) => checkRoot(context, root)),
    ...(here ? [] : context.hosts.map((host) => checkHost(context, host))),
  ];
  return runChecks(checks, { signal });
}
