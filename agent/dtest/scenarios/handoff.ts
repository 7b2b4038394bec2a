import { mkdirSync } from 'node:fs';
import * as z from 'zod';
import { childPath } from '../../../platform/abs-path.ts';
import { shDone } from '../look.ts';
import { isInstalled, knowsCommand, programDone, runProgram } from '../programs.ts';
import { expectThat, NotTried, type Trial } from '../scenario.ts';
import type { Side } from '../stage.ts';

/** A tmux session of this host, in a server of its own, is saved here and stands on the other host. */
export async function handoff(trial: Trial): Promise<void> {
  const { folder, stage, says } = trial;
  await requireHandoff(trial);
  await shDone(stage.here, `mkdir -p ${folder}`);
  await using session = await openSession(trial);
  const name = `dtest-${Date.now().toString(36)}`;
  await programDone(trial, 'dsync', ['handoff', 'save', name, '--socket', session.socket, '--json'], {
    env: session.env,
  });
  const list = await programDone(trial, 'dsync', ['handoff', 'list', '--json'], { env: session.env });
  expectThat(list.includes(name), `The saved session ${name} is not in the list`);
  says('the session is saved');
  await switchHost(trial, session);
}

/** @throws {NotTried} */
export async function requireHandoff(trial: Trial): Promise<void> {
  const built =
    (await knowsCommand(trial, 'dsync', ['handoff', 'save'])) &&
    isInstalled('switch-host') &&
    (await knowsSwitch(trial));
  if (!built) throw new NotTried('there are no commands that hand a session over');
  if (trial.stage.kind === 'embedded') {
    throw new NotTried('a session moves over ssh to a host with a shell; try it with: dtest HOST');
  }
}

async function knowsSwitch({ stage, signal }: Trial): Promise<boolean> {
  const { stdout } = await runProgram('switch-host', ['--help'], { env: stage.env, cwd: '/', signal });
  return stdout.includes('--copy');
}

interface Session extends AsyncDisposable {
  readonly name: string;
  readonly socket: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A tmux server of its own, whose one session stands in the scenario's folder. */
export async function openSession({ stage, folder }: Trial): Promise<Session> {
  const { here, there, scratch, env } = stage;
  const name = `dtest-${Math.random().toString(36).slice(2, 8)}`;
  const sockets = childPath(scratch, name);
  mkdirSync(sockets);
  const socket = `${sockets}/tmux`;
  await shDone(here, `unset TMUX; tmux -f /dev/null -S '${socket}' new-session -d -s ${name} -c "$PWD/${folder}"`);
  const pid = (await shDone(here, `tmux -S '${socket}' display-message -p -t ${name} '#{pid}'`)).trim();
  return {
    name,
    socket,
    env: { ...env, TMUX: `${socket},${pid},0`, TMUX_PANE: '%0' },
    async [Symbol.asyncDispose]() {
      await here.sh(`tmux -S '${socket}' kill-server`, { cleansUp: true });
      for (const side of [here, there]) await forgetSaved(side, name);
    },
  };
}

/** Takes the session over, without attaching, and looks for it there; what stands there is ended again. */
export async function switchHost(trial: Trial, session: Session): Promise<void> {
  const { stage, folder, says } = trial;
  const { there } = stage;
  try {
    await programDone(trial, 'switch-host', [there.name, '--no-attach', '--copy', '--yes', '--session', session.name], {
      env: session.env,
      cwd: `${stage.here.root}/${folder}`,
    });
    const panes = await shDone(there, `tmux list-panes -t '=${session.name}' -F '#{pane_current_path}'`);
    const real = (await shDone(there, `cd ${folder} && pwd -P`)).trim();
    expectThat(panes.trim() === real, `The session on ${there.name} is in ${panes.trim()}, and should be in ${real}`);
    says(`the session stands on ${there.name}, in the same folder`);
  } finally {
    await there.sh(`tmux kill-session -t '=${session.name}'`, { cleansUp: true });
  }
}

const savedSchema = z.looseObject({
  snapshots: z.array(z.looseObject({ id: z.string().regex(/^\w+$/), sessions: z.array(z.string()) })),
});

/** What was saved of the session on the way. */
async function forgetSaved(side: Side, name: string): Promise<void> {
  const { stdout } = await side.sh(`${side.dsync} handoff list --json`, { cleansUp: true });
  let saved: z.infer<typeof savedSchema>['snapshots'];
  try {
    saved = savedSchema.parse(JSON.parse(stdout)).snapshots;
  } catch {
    // Nothing that can be read was saved: there is nothing to forget.
    return;
  }
  for (const { id, sessions } of saved) {
    if (sessions.includes(name)) await side.sh(`${side.dsync} handoff rm ${id}`, { cleansUp: true });
  }
}
