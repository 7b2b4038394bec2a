import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import * as z from 'zod';
import { childPath } from '../../../platform/abs-path.ts';
import { until } from '../look.ts';
import { isInstalled, programDone, runProgram } from '../programs.ts';
import { expectThat, NotTried, type Trial } from '../scenario.ts';

const SERVER = `require('node:http').createServer((_, answer) => answer.end('served by dtest')).listen(process.env.PORT || 0, '127.0.0.1');\n`;
const runsSchema = z.looseObject({ runs: z.array(z.looseObject({ urls: z.array(z.string()).default([]) })) });

/** A project is known, started, answers at its port, and ends. */
export async function launch(trial: Trial): Promise<void> {
  const { stage, folder, says } = trial;
  if (!isInstalled('dlaunch')) throw new NotTried('dlaunch is not installed beside dtest');
  const path = `${stage.here.root}/${folder}`;
  mkdirSync(path, { recursive: true });
  writeFileSync(`${path}/server.cjs`, SERVER);
  const config = { launch: { default: 'web', commands: { web: { run: [process.execPath, 'server.cjs'] } } } };
  writeFileSync(`${path}/.dsync.json`, JSON.stringify(config));
  await using started = await startProject(trial, folder);
  says(`started, and answered at ${started.url}`);
}

/** Starts a project of this root by dlaunch, with a registry and a tmux of its own. */
export async function startProject(trial: Trial, folder: string): Promise<AsyncDisposable & { readonly url: string }> {
  const { stage, signal } = trial;
  const env = launcherEnv(trial);
  const cwd = `${stage.here.root}/${folder}`;
  await programDone(trial, 'dlaunch', ['add', cwd], { env });
  await programDone(trial, 'dlaunch', ['trust', cwd, '--yes'], { env }).catch(() => undefined);
  const stop = async (): Promise<void> => {
    await runProgram('dlaunch', ['stop', '--force'], { env, cwd, signal: AbortSignal.timeout(20_000) });
    await stage.here.sh(`TMUX_TMPDIR='${env.TMUX_TMPDIR}' tmux kill-server 2>/dev/null`, { cleansUp: true });
  };
  try {
    await programDone(trial, 'dlaunch', ['run', '.', '--detach', '--yes'], { env, cwd });
    let url = '';
    await until(
      'the project listens',
      async () => {
        const { runs } = runsSchema.parse(
          JSON.parse(await programDone(trial, 'dlaunch', ['ps', '--json'], { env, cwd })),
        );
        url = runs[0]?.urls[0] ?? '';
        return url !== '';
      },
      { signal, within: 30_000 },
    );
    expectThat((await fetchText(url)) === 'served by dtest', `${url} does not answer as it should`);
    return { url, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Own registry, own trust, own tmux: the user's stay as they are. */
export function launcherEnv({ stage }: Trial): NodeJS.ProcessEnv {
  const home = childPath(stage.scratch, 'launcher');
  mkdirSync(home, { recursive: true });
  const { TMUX: _, ...env } = stage.env;
  return { ...env, DSYNC_HOME: home, TMUX_TMPDIR: home };
}

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(url, { timeout: 10_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.once('end', () => resolve(text));
    });
    call.once('error', reject).once('timeout', () => call.destroy(new Error(`${url} did not answer`)));
    call.end();
  });
}
