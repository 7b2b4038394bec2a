/**
 * How the system's ssh is called: a master that holds the connection, and clients that go through it.
 *
 * @module
 */

/** What the master prints once the connection stands. */
export const READY = 'dsync-ready';

/** What a client with `tellsOpened` prints once the server has opened its channel, and the request for it is sent. */
export const OPENED = 'master session id';

const PLAIN = ['BatchMode=yes', 'LogLevel=ERROR'];

export function masterArgs(
  destination: string,
  { socket, timeoutMs }: { socket: string; timeoutMs: number },
): string[] {
  return [
    ...['-M', '-N', '-T', '-S', socket],
    ...options([
      ...PLAIN,
      // What the user's configuration must not add to a connection of ours.
      'ClearAllForwardings=yes',
      'RemoteCommand=none',
      'RequestTTY=no',
      'ControlPersist=no',
      'ForwardAgent=no',
      'ForwardX11=no',
      'PermitLocalCommand=yes',
      `LocalCommand=echo ${READY}`,
      `ConnectTimeout=${Math.max(1, Math.ceil(timeoutMs / 1000))}`,
    ]),
    ...['--', destination],
  ];
}

export interface ClientCall {
  readonly ask?: readonly string[];
  readonly command?: readonly string[];
  readonly tellsOpened?: boolean;
}

/**
 * @param ask what precedes the destination, such as `-s`
 * @param command what follows it
 * @param tellsOpened with lines on stderr that begin with `debug1:`, {@link OPENED} among them
 */
export function clientArgs(
  destination: string,
  { socket, ask = [], command = [], tellsOpened = false }: ClientCall & { socket: string },
): string[] {
  return [
    // The first value of an option holds.
    ...(tellsOpened ? ['-o', 'LogLevel=DEBUG1'] : []),
    // Nothing of the configuration matters any more, and forwards in it would be asked for at every call.
    ...['-F', '/dev/null', '-T', '-S', socket],
    // Without its master, ssh would quietly open a connection of its own.
    ...options([...PLAIN, 'ControlMaster=no', 'ProxyCommand=false']),
    ...ask,
    ...['--', destination],
    ...command,
  ];
}

/**
 * Runs its arguments after the first, and ends them once stdin ends: when this process is killed, nothing stays behind,
 * nor does the folder that is its first argument. The exit code is theirs. OpenSSH 9.2, told to end just before
 * it waits for its next event, goes on waiting: it is told again and again.
 */
export const WHILE_STDIN_OPEN =
  'd=$1; shift; exec 3<&0; "$@" </dev/null & m=$!; ' +
  '{ read -r _ <&3; while kill "$m"; do sleep 1; done; } >/dev/null 2>&1 & r=$!; ' +
  'exec 3<&-; wait "$m"; c=$?; kill "$r" 2>/dev/null; rm -rf -- "$d"; exit "$c"';

function options(all: readonly string[]): string[] {
  return all.flatMap((option) => ['-o', option]);
}
