/**
 * What may be carried from host to host, by its name. Pure.
 *
 * @module
 */

/** Belong to one machine, one terminal or one login, or decide which programs run. Checked on both sides. */
const NEVER_CARRIED: readonly RegExp[] = [
  /^(SSH|TMUX|DBUS|XDG_SESSION|XDG_RUNTIME|XDG_SEAT|XDG_VTNR|TERM|KITTY|ITERM|WEZTERM|ALACRITTY|KONSOLE|VTE|VSCODE|LC_TERMINAL)(_|$)/,
  /^(STY|SCREEN|TERMCAP|COLORTERM|COLUMNS|LINES|TTY|GPG_TTY|WINDOWID|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_EXEC_PID|NOTIFY_SOCKET|LISTEN_(PID|FDS|FDNAMES))$/,
  /^(HOME|USER|LOGNAME|UID|EUID|GID|PPID|SHELL|HOST|HOSTNAME|HOSTTYPE|MACHTYPE|OSTYPE|PWD|OLDPWD|SHLVL|MAIL|TMPDIR|TEMP|TMP|_)$/,
  /^(PATH|MANPATH|INFOPATH|FPATH|CDPATH|IFS|ENV|ZDOTDIR|PS[0-4]|PROMPT|RPROMPT|PROMPT_COMMAND|HISTFILE)$/i,
  /^(BASH|LD|DYLD|DSYNC|DIRENV|MISE|__MISE|NVM|VOLTA|PYENV|FNM|npm)_/,
  /^(BASHOPTS|SHELLOPTS|VIRTUAL_ENV|CONDA_PREFIX|NODE_OPTIONS|PYTHONSTARTUP|PERL5OPT|RUBYOPT|BASH_ENV)$/,
];
const SECRET =
  /(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|_KEY|APIKEY|_PAT|_DSN)($|_)|^(AWS|GITHUB|GITLAB|OPENAI|ANTHROPIC|AZURE)_/i;

/** Below the home; what begins so belongs to this machine, or is a secret of it. */
const NEVER_FILES =
  /^(\.ssh|\.gnupg|\.config\/dsync|\.local\/(state|share)\/dsync)(\/|$)|(^|\/)\.(bash|zsh|python|node_repl)_history$/;

const MAX_VALUE_BYTES = 64 * 1024;

/** Why a variable is not carried; undefined where it may be. */
export function variableFault(name: string, value = ''): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,199}$/.test(name)) return `“${name}” is no name of a variable`;
  if (NEVER_CARRIED.some((pattern) => pattern.test(name))) return `${name} belongs to this machine or this terminal`;
  if (value.includes('\0')) return `the value of ${name} holds a NUL`;
  return Buffer.byteLength(value) > MAX_VALUE_BYTES ? `the value of ${name} has more than 64 KiB` : undefined;
}

export function looksSecret(name: string): boolean {
  return SECRET.test(name);
}

/** Why a file is not carried; undefined where it may be. @param below its path from the home */
export function fileFault(below: string): string | undefined {
  const isBelow = below !== '' && !below.startsWith('/') && !below.includes('\0');
  if (!isBelow || below.split('/').some((part) => part === '' || part === '.' || part === '..'))
    return 'it is not below your home';
  return NEVER_FILES.test(below) ? 'it belongs to this machine alone' : undefined;
}
