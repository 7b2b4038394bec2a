import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connect, connectDirect } from '../agent/link/connect.ts';
import { generateDeviceKey } from '../agent/link/device-key.ts';
import { createEmbeddedServer } from '../agent/link/embedded-server.ts';
import { resolveDestination } from '../agent/link/resolve.ts';
import type { SshSession } from '../agent/link/ssh-session.ts';
import { freePort, keygen, publicLine, type Sshd, startSshd } from './sshd.ts';

let folder: string;
let shared: Sshd;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dsync-link-'));
  shared = await startSshd({ env: { DSYNC_TEST: 'a b' } });
}, 60_000);

afterAll(async () => {
  await shared.close();
  rmSync(folder, { recursive: true, force: true });
});

let counter = 0;
/** A path in the tests' folder that nothing has used. */
function fresh(name: string): string {
  return join(folder, `${counter++}-${name}`);
}

/** An environment whose `ssh` reads this configuration alone. */
function envWith(config: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const bin = fresh('bin');
  const path = fresh('config');
  writeFileSync(path, config);
  mkdirSync(bin);
  writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nexec ${realSsh} -F ${path} "$@"\n`, { mode: 0o755 });
  const { SSH_AUTH_SOCK: _, ...rest } = process.env;
  return { ...rest, ...more, PATH: `${bin}:${process.env.PATH}` };
}
const realSsh = execFileSync('sh', ['-c', 'command -v ssh'], { encoding: 'utf8' }).trim();

/** A configuration block for an sshd, with other keys or files where given. */
function block(
  { port, user, identityPath, knownHostsPath }: Sshd,
  { alias = 'B', identity = identityPath, knownHosts = knownHostsPath, strict = 'yes', more = '' } = {},
): string {
  return `Host ${alias}
  ${more}
  HostName 127.0.0.1
  Port ${port}
  User ${user}
  IdentityFile ${identity}
  UserKnownHostsFile ${knownHosts}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking ${strict}
`;
}

async function run(
  session: SshSession,
  command: string,
  input: string | Buffer = '',
): Promise<{ out: string; code: number | undefined }> {
  const { stream, stderr, exited } = await session.exec(command);
  stderr.resume();
  stream.end(input);
  const out = await text(stream);
  return { out, code: (await exited).code };
}

function sha(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function ends(stream: Readable): Promise<void> {
  stream.on('error', () => undefined);
  stream.resume();
  if (!stream.destroyed) await once(stream, 'close');
}

describe.each(['ssh2', 'openssh'] as const)('a session over %s', (transport) => {
  const open = (sshd = shared): Promise<SshSession> => connect('B', { env: sshd.env, transport });
  let session: SshSession;
  beforeAll(async () => {
    session = await open();
  });
  afterAll(async () => {
    session.close();
    await session.closed;
  });

  test('runs a command with its output, its errors and its exit code', async () => {
    expect(session.transport).toBe(transport);
    const { stream, stderr, exited } = await session.exec('printf out; printf err >&2; printf "$DSYNC_TEST"; exit 3');
    const [out, err] = await Promise.all([text(stream), text(stderr)]);
    expect({ out, err }).toEqual({ out: 'outa b', err: 'err' });
    expect(await exited).toMatchObject({ code: 3 });
  });

  test('tells the end of a command whose output nobody reads', async () => {
    const { exited } = await session.exec('echo unread; exit 4');
    expect((await exited).code).toBe(4);
  });

  test('carries 24 MiB both ways unchanged', async () => {
    const bytes = randomBytes(24 << 20);
    const { stream, stderr, exited } = await session.exec('cat');
    stderr.resume();
    stream.end(bytes);
    const back = await buffer(stream);
    expect(sha(back)).toBe(sha(bytes));
    expect((await exited).code).toBe(0);
  });

  test('survives a change of keys in the middle of a transfer', async () => {
    await using sshd = await startSshd({ extraConfig: 'RekeyLimit 1M' });
    const other = await open(sshd);
    const bytes = randomBytes(12 << 20);
    const { stream, stderr } = await other.exec('cat');
    stderr.resume();
    stream.end(bytes);
    expect(sha(await buffer(stream))).toBe(sha(bytes));
    other.close();
    await other.closed;
  });

  test('hands on the end of input and still reads what follows', async () => {
    expect(await run(session, 'wc -c; echo after', 'x'.repeat(100_000))).toEqual({ out: '100000\nafter\n', code: 0 });
  });

  test('stops reading while nobody takes the data, and lets other commands through', async () => {
    const { stream, stderr, exited } = await session.exec('head -c 33554432 /dev/zero');
    stderr.resume();
    await once(stream, 'readable');
    expect((await run(session, 'echo through')).out).toBe('through\n');
    expect(stream.readableLength).toBeLessThan(4 << 20);
    expect((await buffer(stream)).length).toBe(33_554_432);
    expect((await exited).code).toBe(0);
  });

  test('keeps the output of a command that ends without reading its input', async () => {
    const { stream, stderr, exited } = await session.exec('echo done; exit 5');
    stderr.resume();
    stream.write(Buffer.alloc(8 << 20));
    expect(await text(stream)).toBe('done\n');
    expect((await exited).code).toBe(5);
  });

  test('ends a command whose stream is destroyed', async () => {
    const { stream, exited } = await session.exec('echo $$; exec cat');
    const [first] = await once(stream, 'data');
    stream.destroy();
    await exited;
    const pid = String(first).trim();
    expect((await run(session, `while kill -0 ${pid} 2>/dev/null; do sleep 0.05; done; echo gone`)).out).toBe('gone\n');
  });

  test('opens a subsystem that is there', async () => {
    const stream = await session.subsystem('sftp');
    // SSH_FXP_INIT, version 3; the answer is SSH_FXP_VERSION.
    stream.write(Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3]));
    const [answer] = await once(stream, 'data');
    expect((answer as Buffer)[4]).toBe(2);
    stream.destroy();
  });

  test('rejects a subsystem that is not there', async () => {
    await expect(session.subsystem('nothing-of-the-kind')).rejects.toThrow();
    expect((await run(session, 'echo still')).out).toBe('still\n');
  });

  test('connects to a unix socket there', async () => {
    const path = fresh('sock');
    const server = createServer((socket) => socket.pipe(socket)).listen(path);
    await once(server, 'listening');
    for (const word of ['one', 'two']) {
      const stream = await session.connectUnix(path);
      stream.end(word);
      expect(await text(stream)).toBe(word);
    }
    server.close();
  });

  test('rejects a unix socket that is not there', async () => {
    await expect(session.connectUnix(fresh('none'))).rejects.toThrow();
    expect((await run(session, 'echo still')).out).toBe('still\n');
  });

  test('is closed by close(), with its streams, and leaves nothing behind', async () => {
    const temporary = fresh('tmp');
    mkdirSync(temporary);
    vi.stubEnv('TMPDIR', temporary);
    const other = await open();
    vi.unstubAllEnvs();
    expect(readdirSync(temporary).length).toBe(transport === 'openssh' ? 1 : 0);
    const { stream, exited } = await other.exec('cat');
    other.close();
    expect(await other.closed).toBeUndefined();
    await ends(stream);
    expect((await exited).code).toBeUndefined();
    await expect(other.exec('true')).rejects.toMatchObject({ name: 'DsyncError' });
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('resolves closed with an error when sshd is killed, and breaks its streams', async () => {
    await using sshd = await startSshd();
    const other = await open(sshd);
    const { stream, exited } = await other.exec('echo on; cat');
    await once(stream, 'data');
    const broken = once(stream, 'error');
    await sshd.kill();
    expect(await other.closed).toMatchObject({ code: 'HOST_UNREACHABLE' });
    await broken;
    await ends(stream);
    expect((await exited).code).toBeUndefined();
    await expect(other.exec('true')).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
    await sshd.restart();
    const again = await open(sshd);
    expect((await run(again, 'echo back')).out).toBe('back\n');
    again.close();
    await again.closed;
  });

  test('says that a host refuses', async () => {
    const port = await freePort();
    const env = envWith(`Host B\n  HostName 127.0.0.1\n  Port ${port}\n`);
    await expect(connect('B', { env, transport })).rejects.toMatchObject({
      code: 'HOST_UNREACHABLE',
      message: /refused/i,
    });
  });

  test('says that a name is not known', async () => {
    const env = envWith('Host B\n  HostName no-such-host.invalid\n');
    await expect(connect('B', { env, transport })).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  });

  test('gives up on a host that is silent, and when told to', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const env = envWith(`Host B\n  HostName 127.0.0.1\n  Port ${port}\n`);
    await expect(connect('B', { env, transport, timeoutMs: 300 })).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
    const reason = new Error('enough');
    const controller = new AbortController();
    silent.once('connection', () => controller.abort(reason));
    await expect(connect('B', { env, transport, signal: controller.signal })).rejects.toBe(reason);
    silent.close();
  });

  test('refuses a changed host key', async () => {
    const knownHosts = fresh('known');
    const other = fresh('other');
    keygen(other);
    writeFileSync(knownHosts, `[127.0.0.1]:${shared.port} ${publicLine(`${other}.pub`)}\n`);
    for (const strict of ['ask', 'no', 'accept-new']) {
      const env = envWith(block(shared, { knownHosts, strict }));
      const failed = connect('B', { env, transport, askHostKey: async () => true });
      if (strict === 'no' && transport === 'openssh') continue;
      await expect(failed, strict).rejects.toMatchObject({ code: 'HOST_KEY_CHANGED' });
    }
  });

  test('refuses an unknown host key where nobody can be asked', async () => {
    const knownHosts = fresh('known');
    const env = envWith(block(shared, { knownHosts, strict: 'ask' }));
    await expect(connect('B', { env, transport })).rejects.toMatchObject({ code: 'HOST_KEY_UNKNOWN' });
    await expect(connect('B', { env, transport, askHostKey: async () => false })).rejects.toMatchObject({
      code: 'HOST_KEY_UNKNOWN',
      message: /SHA256:/,
    });
    expect(existsSync(knownHosts)).toBe(false);
  });

  test('shows an unknown host key, records it once accepted, and knows it from then on', async () => {
    const knownHosts = fresh('known');
    const env = envWith(block(shared, { knownHosts, strict: 'ask', more: 'HashKnownHosts yes' }));
    const expected = execFileSync('ssh-keygen', ['-lf', `${shared.hostKeyPath}.pub`], { encoding: 'utf8' }).split(
      ' ',
    )[1];
    const shown: unknown[] = [];
    const first = await connect('B', {
      env,
      transport,
      askHostKey: async (key) => {
        shown.push(key);
        return true;
      },
    });
    first.close();
    expect(shown).toEqual([{ host: '127.0.0.1', port: shared.port, type: 'ssh-ed25519', fingerprint: expected }]);
    expect(readFileSync(knownHosts, 'utf8')).toMatch(/^\|1\|/);
    expect(statSync(knownHosts).mode & 0o777).toBe(0o600);
    // OpenSSH itself finds what was written.
    expect(
      execFileSync('ssh', ['-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', 'B', 'echo ok'], {
        env,
        encoding: 'utf8',
      }),
    ).toBe('ok\n');
    const second = await connect('B', { env, transport });
    second.close();
  });

  test('goes through a jump host', async () => {
    await using jump = await startSshd();
    const config = block(shared, { more: 'ProxyJump J' }) + block(jump, { alias: 'J' });
    const through = await connect('B', { env: envWith(config), transport });
    expect((await run(through, 'echo $SSH_CONNECTION')).out).toContain(` ${shared.port}\n`);
    const lost = through.closed;
    await jump.kill();
    expect(await lost).toMatchObject({ code: 'HOST_UNREACHABLE' });
  });

  test('goes through a ProxyCommand', async () => {
    const env = envWith(block(shared, { alias: 'J' }) + block(shared, { more: 'ProxyCommand ssh -W %h:%p J' }));
    const through = await connect('B', { env, transport });
    expect((await run(through, 'echo through')).out).toBe('through\n');
    through.close();
    await through.closed;
  });

  test('says why a ProxyCommand failed', async () => {
    const env = envWith(block(shared, { more: "ProxyCommand sh -c 'echo no way >&2; exit 7'" }));
    await expect(connect('B', { env, transport })).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  });

  test('says that no key was accepted, and never asks for a passphrase', async () => {
    const identity = fresh('locked');
    keygen(identity, { passphrase: 'secret' });
    const env = envWith(block(shared, { identity }));
    await expect(connect('B', { env, transport })).rejects.toMatchObject({ code: 'SSH_AUTH' });
  });
});

test('a subsystem that is not there is told over openssh, however late its client starts', async () => {
  const bin = fresh('bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'ssh'),
    `#!/bin/sh\ncase " $* " in *" -s "*) sleep 0.5 ;; esac\nexec ${join(shared.sshWrapperDir, 'ssh')} "$@"\n`,
    { mode: 0o755 },
  );
  const env = { ...shared.env, PATH: `${bin}:${shared.env.PATH}` };
  const session = await connect('B', { env, transport: 'openssh' });
  await expect(session.subsystem('nothing-of-the-kind')).rejects.toThrow('has no subsystem');
  session.close();
  await session.closed;
});

describe('logging in over ssh2', () => {
  const agents: ChildProcess[] = [];
  afterAll(() => {
    for (const agent of agents) agent.kill();
  });

  async function startAgent(...keys: readonly string[]): Promise<string> {
    const socket = fresh('agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    agents.push(agent);
    await once(agent.stdout, 'data');
    const askpass = fresh('askpass');
    writeFileSync(askpass, '#!/bin/sh\necho secret\n', { mode: 0o755 });
    const env = { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
    for (const key of keys) execFileSync('ssh-add', ['-q', key], { env, stdio: 'pipe' });
    return socket;
  }

  function authorizedKey({ passphrase = '', type = 'ed25519' } = {}): string {
    const path = fresh('key');
    keygen(path, { passphrase, type });
    appendFileSync(shared.authorizedKeysPath, `${publicLine(`${path}.pub`)}\n`);
    return path;
  }

  test('says which keys were tried and which were left out', async () => {
    const identity = authorizedKey({ passphrase: 'secret' });
    const other = fresh('other');
    keygen(other);
    const env = envWith(block(shared, { identity, more: `IdentityFile ${other}` }));
    await expect(connect('B', { env, transport: 'auto' })).rejects.toMatchObject({
      code: 'SSH_AUTH',
      message: `B did not let ${shared.user} in. Tried: ${other}, ${identity} (left out: it has a passphrase and is not in the agent)`,
    });
  });

  test('uses a key with a passphrase that the agent holds', async () => {
    const identity = authorizedKey({ passphrase: 'secret' });
    const env = envWith(block(shared, { identity, more: 'IdentitiesOnly yes' }), {
      SSH_AUTH_SOCK: await startAgent(identity),
    });
    const session = await connect('B', { env, transport: 'ssh2' });
    expect((await run(session, 'echo in')).out).toBe('in\n');
    session.close();
  });

  test('shows the agent’s key that the configuration names first, before the server loses patience', async () => {
    await using strict = await startSshd({ extraConfig: 'MaxAuthTries 2' });
    const strangers = [fresh('s'), fresh('s'), fresh('s')];
    for (const path of strangers) keygen(path);
    const env = envWith(block(strict), { SSH_AUTH_SOCK: await startAgent(...strangers, strict.identityPath) });
    const session = await connect('B', { env, transport: 'ssh2' });
    session.close();
  });

  test.each(['rsa', 'ecdsa'])('uses an %s key, from its file and from the agent', async (type) => {
    const identity = authorizedKey({ type });
    for (const socket of [undefined, await startAgent(identity)]) {
      const env = envWith(
        block(shared, { identity, more: 'IdentitiesOnly yes' }),
        socket ? { SSH_AUTH_SOCK: socket } : {},
      );
      const session = await connect('B', { env, transport: 'ssh2' });
      session.close();
    }
  });

  test('uses the agent that the configuration names, and does without one that is gone', async () => {
    const identity = authorizedKey({ passphrase: 'secret' });
    const socket = await startAgent(identity);
    const env = envWith(block(shared, { identity: 'none', more: `IdentityAgent ${socket}` }), {
      SSH_AUTH_SOCK: '/nowhere',
    });
    (await connect('B', { env, transport: 'ssh2' })).close();
    (await connect('B', { env: { ...shared.env, SSH_AUTH_SOCK: '/nowhere' }, transport: 'ssh2' })).close();
  });

  test('asks the server for the type of key that is known', async () => {
    const rsa = fresh('host-rsa');
    keygen(rsa, { type: 'rsa' });
    await using sshd = await startSshd({ extraConfig: `HostKey ${rsa}` });
    const knownHosts = fresh('known');
    writeFileSync(knownHosts, `[127.0.0.1]:${sshd.port} ${publicLine(`${rsa}.pub`)}\n`);
    (await connect('B', { env: envWith(block(sshd, { knownHosts })), transport: 'ssh2' })).close();
  });

  test('accepts and records a new key where the configuration says accept-new', async () => {
    const knownHosts = fresh('known');
    writeFileSync(knownHosts, '# no line end');
    (
      await connect('B', { env: envWith(block(shared, { knownHosts, strict: 'accept-new' })), transport: 'ssh2' })
    ).close();
    expect(readFileSync(knownHosts, 'utf8')).toBe(
      `# no line end\n[127.0.0.1]:${shared.port} ${shared.hostKeyPublic}\n`,
    );
  });

  test('falls back to the system’s ssh where the login needs a certificate', async () => {
    const authority = fresh('ca');
    keygen(authority);
    await using sshd = await startSshd({ extraConfig: `TrustedUserCAKeys ${authority}.pub` });
    const identity = fresh('certified');
    keygen(identity);
    execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'test', '-n', sshd.user, `${identity}.pub`], {
      stdio: 'pipe',
    });
    const env = envWith(block(sshd, { identity }));
    await expect(connect('B', { env, transport: 'ssh2' })).rejects.toMatchObject({ code: 'SSH_AUTH' });
    const session = await connect('B', { env });
    expect(session.transport).toBe('openssh');
    expect((await run(session, 'echo in')).out).toBe('in\n');
    session.close();
    await session.closed;
  });

  test('resolves what ssh resolves', async () => {
    const config = await resolveDestination(`ssh://someone@127.0.0.1:${shared.port}`, { env: shared.env });
    expect(config).toMatchObject({ hostname: '127.0.0.1', port: shared.port, user: 'someone', proxyJump: [] });
    await expect(resolveDestination('-oProxyCommand=x')).rejects.toMatchObject({ code: 'SSH_CONFIG' });
    await expect(resolveDestination('B', { env: envWith('Nonsense 1\n') })).rejects.toMatchObject({
      code: 'SSH_CONFIG',
      message: /nonsense/i,
    });
  });
});

describe('the embedded server', () => {
  const host = generateDeviceKey();
  const friend = generateDeviceKey();

  async function serve(seen: unknown[] = []) {
    return createEmbeddedServer({
      hostKey: host.privateKey,
      authorizedKeys: () => ['', 'nonsense', `${generateDeviceKey().publicKey} someone`, `${friend.publicKey} friend`],
      onSubsystem(name, stream, peer) {
        seen.push([name, peer.fingerprint]);
        if (name === 'greet') stream.end('hello');
        else if (name === 'echo') stream.pipe(stream);
        else return false;
        return true;
      },
    });
  }
  const login = (port: number, more: { privateKey?: string; hostKey?: string; timeoutMs?: number } = {}) =>
    connectDirect({
      host: '127.0.0.1',
      port,
      username: 'dsync',
      privateKey: friend.privateKey,
      hostKey: host.fingerprint,
      ...more,
    });

  test('serves its subsystems to a key that it knows, and nothing else', async () => {
    const seen: unknown[] = [];
    const server = await serve(seen);
    const session = await login(server.port);
    expect(await text(await session.subsystem('greet'))).toBe('hello');
    const echo = await session.subsystem('echo');
    const bytes = randomBytes(8 << 20);
    echo.end(bytes);
    expect(sha(await buffer(echo))).toBe(sha(bytes));
    await expect(session.subsystem('sftp')).rejects.toThrow();
    await expect(session.exec('true')).rejects.toThrow();
    await expect(session.connectUnix('/tmp/x')).rejects.toThrow();
    expect(seen[0]).toEqual(['greet', friend.fingerprint]);
    session.close();
    expect(await session.closed).toBeUndefined();
    await server.close();
  });

  test('turns away a stranger, and is turned away with another key than expected', async () => {
    const server = await serve();
    const stranger = generateDeviceKey();
    await expect(login(server.port, { privateKey: stranger.privateKey })).rejects.toMatchObject({ code: 'SSH_AUTH' });
    await expect(login(server.port, { hostKey: stranger.fingerprint })).rejects.toMatchObject({
      code: 'HOST_KEY_CHANGED',
    });
    await server.close();
  });

  test('breaks the streams of both sides when it closes', async () => {
    const server = await serve();
    const session = await login(server.port);
    const echo = await session.subsystem('echo');
    const broken = once(echo, 'error');
    await server.close();
    expect(await session.closed).toMatchObject({ code: 'HOST_UNREACHABLE' });
    await broken;
  });

  test('answers a message within a few milliseconds', async () => {
    const server = await serve();
    const session = await login(server.port);
    const echo = await session.subsystem('echo');
    const startedAt = performance.now();
    for (let round = 0; round < 50; round++) {
      echo.write('ping');
      await once(echo, 'data');
    }
    // 44 ms each where small packets wait for one another.
    expect((performance.now() - startedAt) / 50).toBeLessThan(20);
    session.close();
    await server.close();
  });
});
