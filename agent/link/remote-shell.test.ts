import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLocalSession } from './local-session.ts';
import { quoteSh, remoteCommand, runRemote } from './remote-shell.ts';

const SHELLS = [
  '/bin/sh',
  '/bin/bash',
  '/bin/dash',
  '/bin/zsh',
  '/usr/bin/zsh',
  '/usr/bin/fish',
  '/bin/tcsh',
  '/bin/csh',
]
  // More shells than are installed system-wide can be had from a folder.
  .concat((process.env.DSYNC_TEST_SHELLS ?? '').split(':'))
  .filter((shell) => shell !== '' && existsSync(shell));

/** All that means something to one shell or another. */
const NASTY = `a'b"c\\d\\\\e!f!!g$HOME\`id\`%s%%h\ti\nj  k*?[x]{y,z}~#;&|<>()ü–😀\u007f`;

describe.each(SHELLS)('with %s as login shell', (shell) => {
  test('a script means the same as in /bin/sh', async () => {
    const { code, stdout } = await runRemote(createLocalSession({ shell }), `printf '%s' ${quoteSh(NASTY)}; exit 7`);
    expect({ code, stdout }).toEqual({ code: 7, stdout: NASTY });
  });

  test('the script reads its input as bytes', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) % 256));
    const { stdout } = await runRemote(createLocalSession({ shell }), 'wc -c; echo done', {
      input: Readable.from([bytes]),
    });
    expect(stdout.split(/\s+/).filter(Boolean)).toEqual(['100000', 'done']);
  });
});

test('runRemote() ignores what start-up files print, and keeps input from them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dsync-shell-'));
  try {
    const rc = join(folder, 'rc');
    const shell = join(folder, 'login-shell');
    writeFileSync(
      rc,
      'echo "Welcome! </dsync 1>"; echo noise >&2; export NODE_OPTIONS=--no-such-option; export LEFT=kept\n',
    );
    writeFileSync(shell, `#!/bin/sh\n. ${rc}\n${"head -c 1000000 /dev/zero | tr '\\0' x\n"}exec /bin/sh "$@"\n`, {
      mode: 0o755,
    });
    const result = await runRemote(
      createLocalSession({ shell }),
      'read line; echo "$line $LEFT ${NODE_OPTIONS-unset}"; echo to-stderr >&2; false',
      { input: Readable.from(['input\n']) },
    );
    expect(result).toEqual({ code: 1, stdout: 'input kept unset\n', stderr: 'to-stderr' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('runRemote() says what the shell said if it never ran the script', async () => {
  const session = createLocalSession({ shell: '/bin/sh', env: {} });
  const broken = { ...session, exec: () => session.exec('echo "This account is not available" >&2; exit 1') };
  await expect(runRemote(broken, 'true')).rejects.toMatchObject({
    code: 'HOST_UNREACHABLE',
    message: expect.stringContaining('exit code 1: This account is not available'),
  });
});

test('runRemote() rejects with the reason of an abort, and ends', async () => {
  const reason = new Error('enough');
  const stop = new AbortController();
  const running = runRemote(createLocalSession(), 'cat', {
    input: new Readable({ read: () => stop.abort(reason) }),
    signal: stop.signal,
  });
  await expect(running).rejects.toBe(reason);
});

test('a script that ends before it has read its input is no broken connection', async () => {
  const input = Readable.from([Buffer.alloc(1_000_000)]);
  await expect(runRemote(createLocalSession(), 'echo enough; exit 3', { input })).resolves.toMatchObject({
    code: 3,
    stdout: 'enough\n',
  });
});

test('remoteCommand() is one line of plain characters, whatever the script', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (script) => {
      const [, argument = ''] =
        /^exec \/bin\/sh -c 'eval "\$\(printf %b "\$0"\)"' '([^']*)'$/.exec(remoteCommand(script)) ?? [];
      expect(argument).toMatch(/^[\x20-\x7e]+$/);
      expect(argument).not.toMatch(/[!'`]|\\(?!0[0-7]{3})/);
    }),
  );
});
