/**
 * A throw-away home for `dsync setup`, with stand-ins for the system's service managers that keep their state in it.
 *
 * @module
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { DSYNC, expectDone, type Ran, runDsync } from './command.ts';
import { until } from './eventually.ts';
import { killNow, processesOf } from './processes.ts';
import { createScratch } from './scratch.ts';

/** `$STATE` is a folder beside the home; the unit's own command is what `start` runs. */
const STAND_INS = {
  systemctl: `
unit=$HOME/.config/systemd/user/dsync.service
echo "$*" >>"$STATE/systemctl"
case "$*" in
  *show-environment*) [ -e "$STATE/systemd" ] ;;
  *is-enabled*) if [ -e "$STATE/enabled" ]; then echo enabled; else echo disabled; exit 1; fi ;;
  *is-active*) if [ -e "$STATE/active" ]; then echo active; else echo inactive; exit 3; fi ;;
  *enable\\ dsync*) if [ -e "$STATE/broken" ]; then echo 'Failed to enable unit' >&2; exit 1; fi; : >"$STATE/enabled" ;;
  *disable*) rm -f "$STATE/enabled" "$STATE/active" ;;
  *\\ start\\ *) : >"$STATE/active"; (exec >/dev/null 2>&1; eval "exec $(sed -n 's/^ExecStart=//p' "$unit")") & ;;
  *daemon-reload*) ;;
esac`,
  loginctl: `
case "$*" in
  show-user*) if [ -e "$STATE/linger" ]; then echo yes; else echo no; fi ;;
  *) : >"$STATE/linger" ;;
esac`,
  crontab: `
[ -e "$STATE/cron" ] || exit 127
case "$*" in
  -l) if [ -e "$STATE/crontab" ]; then cat "$STATE/crontab"; else echo 'no crontab' >&2; exit 1; fi ;;
  -r) rm -f "$STATE/crontab" ;;
  -) cat >"$STATE/crontab" ;;
esac`,
};

const reportSchema = z.object({
  steps: z.array(
    z.object({
      name: z.string(),
      changes: z.array(z.object({ what: z.string(), done: z.boolean(), note: z.string().optional() })),
      right: z.array(z.string()),
      notes: z.array(z.string()),
    }),
  ),
  changed: z.number(),
});

export interface SetupHome extends AsyncDisposable {
  readonly home: string;
  readonly path: (below: string) => string;
  /** What the stand-ins know; `systemd` and `cron` are there where such a file is. */
  readonly state: (name: string) => string;
  readonly env: NodeJS.ProcessEnv;
  readonly run: (...args: string[]) => Promise<Ran>;
  /** `dsync setup --json`, which must succeed. */
  readonly setup: (...args: string[]) => Promise<z.infer<typeof reportSchema>>;
  /** Every path below the home with what it is; sockets, logs and pids are no matter of setup's. */
  readonly tree: () => Record<string, string>;
}

export function createSetupHome(
  options: { readonly shell?: string; readonly env?: NodeJS.ProcessEnv } = {},
): SetupHome {
  const scratch = createScratch('setup');
  const [home, bin, state] = ['home', 'bin', 'state'].map((name) => join(scratch.path, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [home, bin, state]) mkdirSync(folder);
  for (const [name, script] of Object.entries(STAND_INS)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nSTATE='${state}'${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const env: NodeJS.ProcessEnv = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: home,
    SHELL: options.shell ?? '/bin/bash',
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    ...options.env,
  };
  const run = (...args: string[]): Promise<Ran> => runDsync(['setup', ...args], { env });
  return {
    home,
    path: (below) => join(home, below),
    state: (name) => join(state, name),
    env,
    run,
    async setup(...args) {
      return reportSchema.parse(JSON.parse(await expectDone(['setup', ...args], run('--json', ...args))));
    },
    tree: () => treeOf(home),
    async [Symbol.asyncDispose]() {
      const left = (): number[] => processesOf({ name: 'HOME', value: home });
      if (left().length > 0) await runDsync(['stop'], { env });
      await until('the agent ends', () => left().length === 0, { timeoutMs: 10_000 }).catch(() =>
        left().forEach(killNow),
      );
      scratch[Symbol.dispose]();
    },
  };
}

export const DIST = join(DSYNC, '..');

function treeOf(home: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const item of readdirSync(home, { recursive: true, encoding: 'utf8' })) {
    const path = join(home, item);
    if (/^\.local\/state\/dsync\/(?!setup)/.test(item)) continue;
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) found[item] = `-> ${readlinkSync(path)}`;
    else if (stat.isDirectory()) found[item] = 'folder';
    else if (stat.isFile()) found[item] = `${(stat.mode & 0o777).toString(8)} ${readFileSync(path, 'utf8')}`;
  }
  return found;
}
