/**
 * A session that stayed behind says where it is: a red status line, and a name in an option.
 *
 * @module
 */
import { capture } from '../../platform/capture.ts';

const OWNER = '@dsync_owner';
const STYLE = '@dsync_style';

interface MarkOptions {
  readonly socket: string | undefined;
  /** What all its sessions bear in `@dsync_work`. */
  readonly sessionKey: string;
  /** Only those that bear one of these in `@dsync_session`; all if absent. */
  readonly keys?: readonly string[] | undefined;
  /** The host that has it; undefined takes the mark away. */
  readonly elsewhere: string | undefined;
}

export async function markSession({ socket, sessionKey, keys, elsewhere }: MarkOptions): Promise<void> {
  const tmux = (...args: string[]): Promise<string> => askTmux(socket, args);
  for (const { id, key, work } of await listSessionKeys(socket)) {
    if (work !== sessionKey || keys?.includes(key) === false) continue;
    const owner = await tmux('show-options', '-qv', '-t', id, OWNER);
    if (elsewhere !== undefined) {
      const style = await tmux('show-options', '-qv', '-t', id, 'status-style');
      if (owner === '') await tmux('set-option', '-t', id, STYLE, style);
      await tmux('set-option', '-t', id, OWNER, elsewhere);
      await tmux('set-option', '-t', id, 'status-style', 'bg=red,fg=white');
      await tmux('display-message', '-t', `${id}:`, `dsync: this session is on ${plain(elsewhere)} now`);
    } else if (owner !== '') {
      const style = await tmux('show-options', '-qv', '-t', id, STYLE);
      await tmux(
        'set-option',
        ...(style === '' ? ['-u', '-t', id, 'status-style'] : ['-t', id, 'status-style', style]),
      );
      await tmux('set-option', '-u', '-t', id, STYLE);
      await tmux('set-option', '-u', '-t', id, OWNER);
    }
  }
}

/** Sessions that bear a key, which they do from their first snapshot on. */
export async function listSessionKeys(
  socket: string | undefined,
): Promise<{ readonly id: string; readonly key: string; readonly work: string; readonly name: string }[]> {
  const listed = await askTmux(socket, [
    'list-sessions',
    '-F',
    '#{session_id} #{@dsync_session} #{@dsync_work} #{session_name}',
  ]);
  return listed.split('\n').flatMap((line) => {
    const [, id, key, work, name] = /^(\$\d+) (\S+) (\S+) (.*)$/.exec(line) ?? [];
    return id && key && work && name ? [{ id, key, work, name }] : [];
  });
}

async function askTmux(socket: string | undefined, args: readonly string[]): Promise<string> {
  const { stdout } = await capture('tmux', ['-u', ...(socket === undefined ? [] : ['-S', socket]), ...args]);
  return stdout.replace(/\n$/, '');
}

/** tmux expands formats in what it shows. */
function plain(text: string): string {
  return text.replaceAll('#', '##');
}
