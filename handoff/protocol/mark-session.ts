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
  /** Of sessions, as their option `@dsync_session` has them. */
  readonly keys: readonly string[];
  /** The host that has it; undefined takes the mark away. */
  readonly elsewhere: string | undefined;
}

export async function markSession({ socket, keys, elsewhere }: MarkOptions): Promise<void> {
  const tmux = async (args: readonly string[]): Promise<string> => {
    const { stdout } = await capture('tmux', [...(socket === undefined ? [] : ['-S', socket]), ...args]);
    return stdout.replace(/\n$/, '');
  };
  const listed = await tmux(['list-sessions', '-F', `#{session_id} #{@dsync_session} #{${OWNER}}`]);
  for (const line of listed.split('\n')) {
    const [id = '', key = '', owner = ''] = line.split(' ');
    if (!keys.includes(key)) continue;
    if (elsewhere !== undefined) {
      if (owner === '')
        await tmux(['set-option', '-t', id, STYLE, await tmux(['show-options', '-v', '-t', id, 'status-style'])]);
      await tmux(['set-option', '-t', id, OWNER, elsewhere.replaceAll(' ', '_')]);
      await tmux(['set-option', '-t', id, 'status-style', 'bg=red,fg=white']);
      await tmux(['display-message', '-t', `${id}:`, `dsync: this session is on ${plain(elsewhere)} now`]);
    } else if (owner !== '') {
      const style = await tmux(['show-options', '-v', '-t', id, STYLE]);
      await tmux(
        style === '' ? ['set-option', '-u', '-t', id, 'status-style'] : ['set-option', '-t', id, 'status-style', style],
      );
      await tmux(['set-option', '-u', '-t', id, STYLE]);
      await tmux(['set-option', '-u', '-t', id, OWNER]);
    }
  }
}

/** tmux expands formats in what it shows. */
function plain(text: string): string {
  return text.replaceAll('#', '##');
}
