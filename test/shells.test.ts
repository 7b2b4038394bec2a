/** What aliases.sh and aliases.fish give to real shells, after a real `dsync setup`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from './harness/eventually.ts';
import { createSetupHome, DIST, type SetupHome } from './harness/setup-home.ts';

const ROOT = join(DIST, '..');
const SHELLS = ['bash', 'zsh', 'fish', 'dash'] as const;
const isThere = (program: string): boolean => spawnSync(program, ['-c', 'true']).status === 0;

let host: SetupHome;
beforeAll(async () => {
  host = createSetupHome();
  mkdirSync(host.path('.config/dsync'), { recursive: true });
  const hosts = ['gpu', 'mac-00.x'].map((name) => ({
    name,
    destination: 'nowhere.invalid',
    bridgeCommand: 'x',
    paused: true,
  }));
  writeFileSync(host.path('.config/dsync/hosts.json'), JSON.stringify({ hosts }));
  writeFileSync(host.path('.zshrc'), '');
  // Else the first fish goes through all manual pages.
  mkdirSync(host.path('.local/share/fish/generated_completions'), { recursive: true });
  for (const shell of ['bash', 'zsh', 'fish', 'sh'])
    await host.setup('--yes', '--shell', shell, '--prompt', '--service', 'none');
  await until('the agent has named its hosts', () => existsSync(host.path('.local/state/dsync/shell/hosts')));
}, 60_000);
afterAll(() => host[Symbol.asyncDispose]());

/** What an interactive shell prints for a command, after its rc files. */
function inShell(shell: (typeof SHELLS)[number], command: string): string {
  // dash reads the file that ENV names, as it does for a login with ~/.profile.
  const env = { ...host.env, ...(shell === 'dash' && { ENV: host.path('.profile') }) };
  const { stdout, stderr } = spawnSync(shell, ['-i', '-c', command], { env, encoding: 'utf8', input: '' });
  if (/syntax error|not found|parse error|Unknown command/i.test(stderr)) throw new Error(`${shell}: ${stderr}`);
  return stdout.trim();
}

describe.each(SHELLS.filter(isThere))('%s', (shell) => {
  test('knows the commands of dsync, of the sync and of each host', () => {
    const names =
      'sync-status sync-check sync-conflicts sync-pause sync-resume sync-health sync-verify work-local work-remote'.split(
        ' ',
      );
    const list = shell === 'fish' ? 'functions' : 'alias';
    const each = [...names, 'switch-gpu', 'switch-mac-00.x'].map((name) => `${list} ${name}; echo :::`).join('; ');
    const shown = inShell(shell, `${each}; command -v dsync`).split(':::\n');
    expect(shown.pop()).toBe(host.path('.local/bin/dsync'));
    for (const [i, text] of shown.entries()) expect(text, `${i}`).toMatch(/dsync|switch-host/);
    expect(shown).toHaveLength(names.length + 2);
  });

  test('runs them', () => {
    // An alias is one from the next line on.
    expect(inShell(shell, 'eval sync-check')).toBe('idle');
  });

  test('says the state without a process, and does not know where no agent runs', () => {
    expect(inShell(shell, 'dsync_prompt')).toBe('·');
    const state = host.path('.local/state/dsync/shell/state');
    const kept = readFileSync(state, 'utf8');
    try {
      writeFileSync(state, '4194305 ✓\n');
      expect(inShell(shell, 'dsync_prompt')).toBe('?');
      writeFileSync(state, 'rm -rf /\n');
      expect(inShell(shell, 'dsync_prompt')).toBe('?');
    } finally {
      writeFileSync(state, kept);
    }
  });

  test.runIf(shell !== 'dash')('has the state in its prompt', () => {
    const show = {
      bash: 'eval "$PROMPT_COMMAND"; echo "${PS1@P}"',
      zsh: 'for hook in $precmd_functions; do $hook; done; print -rP -- "$PS1"',
      fish: 'emit fish_prompt; fish_prompt',
      dash: '',
    }[shell];
    expect(inShell(shell, show)).toContain('· ');
  });

  test.runIf(shell !== 'dash')('costs less than 5 ms a prompt', () => {
    const loop = {
      bash: 's=${EPOCHREALTIME/[.,]/}; for ((i = 0; i < 200; i++)); do dsync_read_state; done; e=${EPOCHREALTIME/[.,]/}; echo $(((e - s) / 200))',
      zsh: 'zmodload zsh/datetime; s=$EPOCHREALTIME; for ((i = 0; i < 200; i++)); do dsync_read_state; done; printf "%d" $(((EPOCHREALTIME - s) * 1000000 / 200))',
      fish: 'set s (date +%s%N); for i in (seq 200); dsync_read_state; end; math "round(("(date +%s%N)" - $s) / 1000 / 200)"',
      dash: '',
    }[shell];
    // The least of three: the machine has other work as well.
    const each = [1, 2, 3].map(() => Number(inShell(shell, loop)));
    expect(Math.min(...each)).toBeGreaterThan(0);
    expect(Math.min(...each), 'microseconds').toBeLessThan(5000);
  });
});

describe('completion', () => {
  const bash = (line: string): string[] => {
    const words = line.split(' ');
    const script = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _${words[0]}; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return inShell('bash', script).split('\n');
  };
  const fish = (line: string): string[] =>
    inShell('fish', `complete -C'${line}'`)
      .split('\n')
      .map((one) => one.split('\t')[0] ?? '');
  /** By its own line editor, in a terminal of zsh's own making. */
  const zsh = (line: string): string[] => {
    const script = `zmodload zsh/zpty; zpty z env ZDOTDIR=${host.home} TERM=dumb zsh -i
      zpty -w z 'bindkey "^I" complete-word; zstyle ":completion:*" list-prompt ""; LISTMAX=1000; PS1=; print rea""dy'
      zpty -r -m z out '*ready*'
      zpty -w -n z $'${line}\\t\\t'
      zpty -r -m z out "*${COMPLETED}*"; zpty -d z; print -r -- "$out"`;
    return execFileSync('zsh', ['-f', '-c', script], { env: host.env, encoding: 'utf8', timeout: 30_000 }).split(/\s+/);
  };
  const COMPLETED = 'conflicts';

  test.each([
    ['dsync st', ['start', 'stop', 'status']],
    ['dsync root a', ['add']],
    ['dsync status --j', ['--json']],
    ['dlaunch disc', ['discover']],
  ])('bash and fish complete %j', (line, expected) => {
    expect(bash(line).sort()).toEqual(expected.toSorted());
    if (isThere('fish')) expect(fish(line).sort()).toEqual(expected.toSorted());
  });

  test.runIf(isThere('zsh'))('zsh completes a command', () => {
    expect(zsh('dsync conf')).toContain('conflicts');
  });
});

test.runIf(isThere('shellcheck'))('shellcheck has nothing to say of aliases.sh', () => {
  const { stdout, status } = spawnSync('shellcheck', [join(ROOT, 'aliases.sh')], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

test('aliases.sh finds its own folder where nobody says', () => {
  for (const shell of ['bash', 'zsh'].filter(isThere)) {
    const script = `unset DSYNC_ROOT; . '${ROOT}/aliases.sh'; echo "$DSYNC_ROOT"`;
    expect(
      execFileSync(shell, ['-c', script], { env: { HOME: host.home, PATH: host.env.PATH }, encoding: 'utf8' }).trim(),
    ).toBe(ROOT);
  }
});
