import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findIdentities, orderKeys } from './identities.ts';
import { type KeyFile, parseKeyFile, parsePublicLine, readKeyFile } from './identities-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsync-id-'));
  make('open');
  make('other');
  make('locked', ['-N', 'secret']);
  make('old', ['-t', 'rsa', '-m', 'PEM', '-N', 'secret']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function make(name: string, more: readonly string[] = []): void {
  const args = more.includes('-t') ? more : ['-t', 'ed25519', ...more];
  execFileSync('ssh-keygen', ['-q', '-f', join(folder, name), ...(args.includes('-N') ? [] : ['-N', '']), ...args]);
}
const path = (name: string): string => join(folder, name);
const blob = (name: string): Buffer => parsePublicLine(readFileSync(path(`${name}.pub`), 'utf8')) ?? Buffer.alloc(0);

describe('readKeyFile', () => {
  test('a key without a passphrase can be used', async () => {
    expect(await readKeyFile(path('open'))).toMatchObject({ kind: 'usable', publicKey: blob('open') });
  });

  test.each(['locked', 'old'])('one with a passphrase cannot, but the agent can be asked for it (%s)', async (name) => {
    expect(await readKeyFile(path(name))).toEqual({ kind: 'locked', path: path(name), publicKey: blob(name) });
  });

  test('the public part is read from the file itself, where no .pub lies beside it', () => {
    const text = readFileSync(path('locked'), 'utf8');
    expect(parseKeyFile('x', text, undefined)).toMatchObject({ kind: 'locked', publicKey: blob('locked') });
  });

  test('a public key alone points at one in the agent', async () => {
    expect(await readKeyFile(path('open.pub'))).toMatchObject({ kind: 'locked', publicKey: blob('open') });
  });

  test('a file that is not there is absent, one of another kind is unusable', async () => {
    expect(await readKeyFile(path('none'))).toEqual({ kind: 'absent', path: path('none') });
    expect(parseKeyFile('x', 'hello', undefined)).toMatchObject({ kind: 'unusable' });
    expect(await readKeyFile(folder)).toMatchObject({ kind: 'unusable', reason: 'it cannot be read' });
  });
});

describe('orderKeys', () => {
  const agentKey = (name: string): ParsedKey => {
    const key = ssh2.utils.parseKey(readFileSync(path(`${name}.pub`)));
    if (key instanceof Error) throw key;
    return key;
  };
  const names = async (
    files: readonly string[],
    agent: readonly string[],
    identitiesOnly = false,
  ): Promise<string[][]> => {
    const keyFiles: KeyFile[] = await Promise.all(files.map((name) => readKeyFile(path(name))));
    const { fromAgent, fromFiles } = orderKeys(keyFiles, agent.map(agentKey), { identitiesOnly });
    const nameOf = (bytes: Buffer): string =>
      ['open', 'other', 'locked'].find((name) => blob(name).equals(bytes)) ?? '?';
    return [fromAgent.map((key) => nameOf(key.getPublicSSH())), fromFiles.map((file) => nameOf(file.publicKey))];
  };

  test('the agent’s keys come first, those that the configuration names before the others', async () => {
    expect(await names(['open', 'locked'], ['other', 'locked'])).toEqual([['locked', 'other'], ['open']]);
  });
  test('with IdentitiesOnly the agent’s other keys are left alone', async () => {
    expect(await names(['open', 'locked'], ['other', 'locked'], true)).toEqual([['locked'], ['open']]);
  });
  test('no key is tried twice', async () => {
    expect(await names(['open', 'open', 'other'], ['open'])).toEqual([['open'], ['other']]);
  });
  test('without an agent, a key with a passphrase is left out', async () => {
    expect(await names(['locked', 'open'], [])).toEqual([[], ['open']]);
  });
});

test('what was tried is told, with what was left out and why', async () => {
  const { tried, methods } = await findIdentities(
    {
      user: 'me',
      identityFiles: [path('none'), path('open'), path('locked')],
      identitiesOnly: false,
      agentSocket: path('no-agent'),
    },
    { signal: new AbortController().signal },
  );
  expect(methods.map(({ type }) => type)).toEqual(['none', 'publickey']);
  expect(tried).toBe(
    `${path('open')}, ${path('locked')} (left out: it has a passphrase and is not in the agent), ssh-agent (Failed to connect to agent)`,
  );
});
