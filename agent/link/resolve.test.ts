import { describe, expect, test } from 'vitest';
import { checkDestination, parseSshG, type SshConfig } from './resolve.ts';
import { expandSshConfig } from './resolve-tokens.ts';

const local = {
  env: { KEYS: '/keys', SSH_AUTH_SOCK: '/run/agent' },
  home: '/home/me',
  localUser: 'me',
  localHost: 'lap.local',
  uid: 7,
};

describe('parseSshG', () => {
  const rows: readonly (readonly [string, string, Partial<SshConfig>])[] = [
    [
      'a plain host',
      'host h\nuser u\nhostname h.example\nport 2022',
      { host: 'h', hostname: 'h.example', user: 'u', port: 2022 },
    ],
    ['an address in brackets', 'hostname [::1]', { hostname: '::1' }],
    ['keys in their order', 'identityfile ~/a\nidentityfile ~/b c', { identityFiles: ['~/a', '~/b c'] }],
    ['no keys at all', 'identityfile none', { identityFiles: [] }],
    [
      'several known_hosts, one with a space',
      'userknownhostsfile /a b/kh /dev/null ~/kh',
      { userKnownHostsFiles: ['/a b/kh', '/dev/null', '~/kh'] },
    ],
    ['no known_hosts', 'userknownhostsfile none', { userKnownHostsFiles: [] }],
    ['strict: yes as OpenSSH prints it', 'stricthostkeychecking true', { strictHostKeyChecking: 'yes' }],
    ['strict: no as OpenSSH prints it', 'stricthostkeychecking false', { strictHostKeyChecking: 'off' }],
    ['strict: accept-new', 'stricthostkeychecking accept-new', { strictHostKeyChecking: 'accept-new' }],
    [
      'strict: nothing said',
      'host h',
      { strictHostKeyChecking: 'ask', port: 22, proxyJump: [], proxyCommand: undefined },
    ],
    ['jump hosts', 'proxyjump u@a:2022,b', { proxyJump: ['u@a:2022', 'b'] }],
    ['a jump that is switched off', 'proxyjump none', { proxyJump: [] }],
    ['a command as it stands', 'proxycommand nc -x p %h %p', { proxyCommand: 'nc -x p %h %p' }],
    ['no time limit', 'connecttimeout none', { connectTimeoutMs: undefined }],
    ['a time limit in seconds', 'connecttimeout 7', { connectTimeoutMs: 7000 }],
    [
      'an address family',
      'addressfamily inet6\nbindaddress 1.2.3.4',
      { addressFamily: 'inet6', bindAddress: '1.2.3.4' },
    ],
    ['switches', 'identitiesonly yes\nhashknownhosts yes', { identitiesOnly: true, hashKnownHosts: true }],
    ['an alias for the key', 'hostkeyalias al', { hostKeyAlias: 'al' }],
    ['line ends of another system', 'hostname h\r\nport 23\r\n', { hostname: 'h', port: 23 }],
    ['keys in capitals', 'canonicalizePermittedcnames none\nIdentityFile /k', { identityFiles: ['/k'] }],
  ];
  test.each(rows)('reads %s', (_, text, expected) => {
    expect(parseSshG(text)).toMatchObject(expected);
  });
});

describe('expandSshConfig', () => {
  const rows: readonly (readonly [string, string, Partial<SshConfig>])[] = [
    [
      '~ and tokens in keys',
      'hostname h.x\nuser u\nport 23\nidentityfile ~/k_%h_%r_%p',
      { identityFiles: ['/home/me/k_h.x_u_23'] },
    ],
    ['variables', `identityfile \${KEYS}/k\nidentityfile \${UNSET}/k`, { identityFiles: ['/keys/k'] }],
    [
      'tokens of a command',
      'host n\nhostname h\nport 23\nuser u\nproxycommand nc %h %p %r %n %% %u',
      { proxyCommand: 'nc h 23 u n % me' },
    ],
    ['the agent of the environment', 'host h', { agentSocket: '/run/agent' }],
    ['the agent by its variable', 'identityagent SSH_AUTH_SOCK', { agentSocket: '/run/agent' }],
    ['the agent by another variable', 'identityagent $KEYS', { agentSocket: '/keys' }],
    ['the agent by path', 'identityagent ~/agent sock', { agentSocket: '/home/me/agent sock' }],
    ['no agent', 'identityagent none', { agentSocket: undefined }],
  ];
  test.each(rows)('expands %s', (_, text, expected) => {
    expect(expandSshConfig(parseSshG(text), local)).toMatchObject(expected);
  });
});

test.each(['', '-oProxyCommand=x', 'a b', 'a\nb', 'u@-x'])('“%s” is no destination', (destination) => {
  expect(() => checkDestination(destination)).toThrow(/not a name/);
});

test.each(['gpu', 'me@gpu', 'ssh://me@gpu:22', '::1'])('“%s” is a destination', (destination) => {
  expect(() => checkDestination(destination)).not.toThrow();
});
