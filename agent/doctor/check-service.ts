/**
 * Whether something starts the agent when this machine starts.
 *
 * @module
 */
import { access } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { capture } from '../../platform/capture.ts';
import { UNIT_NAME } from '../setup/service-files.ts';
import type { Check, Notes } from './check.ts';
import type { Context } from './context.ts';

export function checkService(
  { hosts, roots }: Context,
  {
    env = process.env,
    platform = process.platform,
  }: { readonly env?: NodeJS.ProcessEnv; readonly platform?: string } = {},
): Check {
  return {
    name: 'service',
    deadlineMs: 8000,
    async run(notes, signal) {
      if ((env.DSYNC_HOME ?? '') !== '') {
        notes.detail('not looked for, since DSYNC_HOME is set');
        return;
      }
      const ask = (program: string, ...args: string[]) => capture(program, args, { signal, killSignal: 'SIGKILL' });
      const [unit, failed, crontab, launchd] = await Promise.all([
        ask('systemctl', '--user', 'is-enabled', UNIT_NAME),
        ask('systemctl', '--user', 'is-failed', UNIT_NAME),
        ask('crontab', '-l'),
        platform === 'darwin' ? ask('launchctl', 'list') : undefined,
      ]);
      if (unit.stdout.trim() === 'enabled') {
        notes.detail(`systemd starts ${UNIT_NAME}`);
        if (failed.stdout.trim() === 'failed') notes.finding('SERVICE_FAILED', `${UNIT_NAME} has failed`);
        await checkLinger(notes);
        return;
      }
      const job = launchd?.stdout.split('\n').find((line) => /dsync/.test(line));
      if (job !== undefined) {
        notes.detail(`launchd starts ${job.split('\t').at(-1)}`);
        return;
      }
      if (/^@reboot\b.*\bdsync\b/m.test(crontab.stdout)) {
        notes.detail('cron starts it');
        return;
      }
      if (hosts.length + roots.length === 0) notes.detail('none, and nothing to sync yet');
      else notes.finding('SERVICE_MISSING', 'Nothing starts the agent when this machine starts');
    },
  };
}

async function checkLinger(notes: Notes): Promise<void> {
  const { username } = userInfo();
  try {
    await access(`/var/lib/systemd/linger/${username}`);
  } catch {
    notes.finding('SERVICE_STOPS', `The service of ${username} ends at logout`);
  }
}
