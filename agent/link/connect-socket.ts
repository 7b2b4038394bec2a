/**
 * A TCP connection that carries a session.
 *
 * @module
 */
import { isIP, connect as netConnect, type Socket } from 'node:net';
import { DsyncError, errnoOf, messageOf } from '../../platform/failure.ts';

export interface TcpAddress {
  /** How messages call the host. */
  readonly host: string;
  readonly hostname: string;
  readonly port: number;
  readonly addressFamily?: 'any' | 'inet' | 'inet6';
  readonly bindAddress?: string | undefined;
}

/** @throws {DsyncError} HOST_UNREACHABLE */
export function connectTcp(address: TcpAddress, { signal }: { readonly signal: AbortSignal }): Promise<Socket> {
  const { host, hostname, port, addressFamily = 'any', bindAddress } = address;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const socket = netConnect({
      host: hostname,
      port,
      family: isIP(hostname) > 0 || addressFamily === 'any' ? 0 : addressFamily === 'inet' ? 4 : 6,
      // Without it a message waits 44 ms for the acknowledgement of the one before.
      noDelay: true,
      ...(bindAddress === undefined ? {} : { localAddress: bindAddress }),
    });
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    const onError = (cause: Error): void => {
      signal.removeEventListener('abort', onAbort);
      reject(
        new DsyncError('HOST_UNREACHABLE', `Could not reach ${host} at ${hostname} port ${port}: ${reasonOf(cause)}`, {
          cause,
        }),
      );
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
      resolve(socket);
    });
  });
}

/** What a person would say of a failed connection. */
function reasonOf(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  switch (errnoOf(first)) {
    case 'ECONNREFUSED':
      return 'refused, nothing listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NONAME':
      return 'the name is not known';
    case 'ETIMEDOUT':
      return 'no answer';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return 'there is no way there from this network';
    default:
      return messageOf(first);
  }
}
