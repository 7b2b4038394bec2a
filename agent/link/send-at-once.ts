/**
 * Has the server send what is small at once.
 *
 * OpenSSH's does so (TCP_NODELAY) only once a command has run on the connection. Until then the second of two small
 * messages waits for the acknowledgement of the first: up to 40 ms, or the round trip where that is longer.
 * Source: OpenSSH `session.c`, `do_exec_no_pty()`; `packet.c`, `ssh_packet_set_interactive()`.
 *
 * @module
 */
import type { SshSession } from './ssh-session.ts';

/** Does nothing where the server allows no commands. Never rejects. */
export async function sendAtOnce(session: Pick<SshSession, 'exec'>): Promise<void> {
  try {
    const { stream, stderr, exited } = await session.exec('true');
    for (const each of [stream, stderr]) each.on('error', () => undefined).resume();
    stream.end();
    await exited;
  } catch {
    // A link without it is slower, and as good otherwise.
  }
}
