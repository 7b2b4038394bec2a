/**
 * What of a process's environment goes along: what it has beside what its shell was given, less what belongs to this
 * host, what start-up files and tool managers set again, and what is secret. Pure.
 *
 * @module
 */
import { isSecretVariable } from './secrets.ts';

export interface EnvironmentDelta {
  readonly env: Readonly<Record<string, string>>;
  /** Names alone. */
  readonly redacted: readonly string[];
}

/** Of this host, this terminal, or this one process. */
const HOST_BOUND =
  /^(?:TMUX.*|STY|SSH_.*|DISPLAY|WAYLAND_.*|XDG_(?:RUNTIME_DIR|SESSION_.*|SEAT|VTNR|DATA_DIRS|CONFIG_DIRS)|XAUTHORITY|DBUS_.*|TERM|TERM_.*|TERMINFO|COLORTERM|COLUMNS|LINES|HOSTNAME|HOST|HOSTTYPE|MACHTYPE|OSTYPE|VENDOR|PWD|OLDPWD|SHLVL|_|USER|USERNAME|LOGNAME|UID|EUID|GROUPS|HOME|SHELL|MAIL|LANG|LC_.*|TZ|TMPDIR|WINDOWID|KITTY_.*|ITERM_.*|LC_TERMINAL.*|VSCODE_.*|ALACRITTY_.*|WEZTERM_.*|GHOSTTY_.*|ZELLIJ.*|VTE_.*|KONSOLE_.*|GNOME_.*|INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_.*|MANAGERPID|GPG_TTY|GPG_AGENT_INFO|DESKTOP_.*|SECURITYSESSIONID|__CF.*|XPC_.*|DSYNC_.*|PPID|BASHOPTS|SHELLOPTS|BASH_.*|PROMPT_COMMAND|PS[0-4]|PROMPT|RPROMPT|HIST.*|ZDOTDIR|FPATH|LESS.*|LS_COLORS|LSCOLORS|MANPATH|INFOPATH|WSL.*|WT_.*|SUDO_.*)$/;
/** Tool managers set these anew where their files are; the paths in them are of this host. */
const MANAGED =
  /^(?:PATH|DIRENV_.*|MISE_.*|__MISE.*|NVM_.*|FNM_.*|VOLTA_.*|ASDF_.*|PYENV_.*|RBENV_.*|VIRTUAL_ENV.*|CONDA_.*|_CONDA.*|_CE_.*|POETRY_ACTIVE|PIPENV_ACTIVE|NIX_.*|IN_NIX_SHELL|HOMEBREW_.*|npm_.*|NPM_.*|PNPM_.*|INIT_CWD|BERRY_.*|YARN_.*|BUN_.*|COREPACK_.*|NODE$|COLOR$|EDITOR|VISUAL|PAGER|STARSHIP_.*|FZF_.*|P9K_.*|POWERLEVEL9K_.*|ZSH.*|OMZ.*|fish_.*|__fish.*|_OLD_VIRTUAL.*|_P9K.*|GVM_.*|SDKMAN_.*|JAVA_HOME|GOROOT|CARGO_HOME|RUSTUP_.*|KUBECONFIG_DIR)$/;

/**
 * @param base of the shell that the process was started from, as that shell was given it
 * @param setByStartUp names that start-up files of the shell mention: the other host's files set its own
 */
export function environmentDelta(
  env: ReadonlyMap<string, string>,
  base: ReadonlyMap<string, string>,
  setByStartUp: ReadonlySet<string>,
): EnvironmentDelta {
  const own = [...env].filter(
    ([name, value]) =>
      /^[A-Za-z_]\w*$/.test(name) && base.get(name) !== value && isCarried(name) && !setByStartUp.has(name),
  );
  const kept = own.filter(([name, value]) => !isSecretVariable(name, value));
  const redacted = own.flatMap(([name, value]) => (isSecretVariable(name, value) ? [name] : []));
  return { env: Object.fromEntries(kept), redacted };
}

export function isCarried(name: string): boolean {
  return !HOST_BOUND.test(name) && !MANAGED.test(name);
}

/** Names that a start-up file sets, or may set. */
export function namesInStartUp(text: string): string[] {
  const set = /(?:^|[\s;&(])(?:export\s+|typeset\s+-\w+\s+|set\s+-\w+\s+)?([A-Za-z_]\w*)(?==)/gm;
  const fish = /\bset\s+(?:-\S+\s+)*([A-Za-z_]\w*)/g;
  return [...text.matchAll(set), ...text.matchAll(fish)].map(([, name = '']) => name);
}
