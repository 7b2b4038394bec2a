/**
 * The host to go to is down: the session is saved, stays, and is offered there as soon as that host is linked again.
 *
 * @module
 */
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { ThisHost } from '../protocol/host-steps.ts';
import { sendMail } from '../protocol/mail.ts';
import { labelOf } from '../protocol/preflight.ts';
import { captureSession, packSnapshot, saveSnapshot } from '../session.ts';
import type { Way } from './connect.ts';
import type { ConnectOptions } from './connect-command.ts';

interface Failed {
  readonly cli: Cli;
  readonly self: ThisHost;
  readonly way: Way;
  readonly options: ConnectOptions;
}

/** @throws whatever it was that went wrong, with what was done about it */
export async function offerInstead(error: unknown, { cli, self, way, options }: Failed): Promise<ExitCode> {
  const isDown = error instanceof DsyncError && error.code === 'HOST_UNREACHABLE' && way.kind === 'push';
  if (!isDown || options.dryRun || options.copy) throw error;
  const { home } = cli;
  const { sessionKey, ...snapshot } = await save(cli, options);
  await sendMail(home, self.host, self.agent, { ...snapshot, sessionKey, offered: way.host });
  throw new DsyncError(
    error.code,
    `${error.message}. The session stays here; it was saved, and is offered to ${way.host} as soon as that is linked`,
    {
      cause: error,
      cure: `Then: switch-host ${way.host} here, or on ${way.host}: dsync handoff status`,
    },
  );
}

async function save({ home, signal }: Cli, { session, socket }: ConnectOptions) {
  const snapshot = await captureSession({ home, signal, socket, sessions: session, trigger: 'switch' });
  await saveSnapshot(home, snapshot);
  const { id, sessionKey, createdAt } = snapshot;
  return { id, sessionKey, label: labelOf(snapshot), takenAt: createdAt, packed: await packSnapshot(home, snapshot) };
}
