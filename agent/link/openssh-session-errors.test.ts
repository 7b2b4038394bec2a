import { expect, test } from 'vitest';
import { sshFailure } from './openssh-session-errors.ts';

test.each([
  ['ssh: Could not resolve hostname x: Name or service not known', 'HOST_UNREACHABLE'],
  ['ssh: connect to host x port 22: Connection refused', 'HOST_UNREACHABLE'],
  ['kex_exchange_identification: Connection closed by remote host', 'HOST_UNREACHABLE'],
  ['me@x: Permission denied (publickey,password).', 'SSH_AUTH'],
  ['Received disconnect from 1.2.3.4 port 22:2: Too many authentication failures', 'SSH_AUTH'],
  [
    '@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@\nHost key verification failed.',
    'HOST_KEY_CHANGED',
  ],
  [
    'No ED25519 host key is known for x and you have requested strict checking.\nHost key verification failed.',
    'HOST_KEY_UNKNOWN',
  ],
  ['Host key verification failed.', 'HOST_KEY_UNKNOWN'],
  ['/home/me/.ssh/config: line 1: Bad configuration option: nonsense', 'SSH_CONFIG'],
  ['Bad owner or permissions on /home/me/.ssh/config', 'SSH_CONFIG'],
  ['', 'HOST_UNREACHABLE'],
])('“%s” is %s', (complaint, code) => {
  expect(sshFailure('x', complaint)).toMatchObject({ code });
});

test('the last line is told', () => {
  expect(sshFailure('gpu', 'debug\r\nssh: connect to host x port 22: Connection refused\r\n').message).toBe(
    'Could not reach gpu over ssh: ssh: connect to host x port 22: Connection refused',
  );
});
