import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { absPath } from './abs-path.ts';
import { openLog } from './log.ts';

function inTemporaryFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(`${tmpdir()}/dsync-log-`);
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const messagesIn = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).msg);

test('a line is in the file when the call returns; errors come with stack, children with their fields', () => {
  inTemporaryFolder((folder) => {
    const path = absPath(`${folder}/log/agent.log`);
    const { log, setLevel, close } = openLog(path);
    log.debug('unheard');
    log.child({ root: 'code' }).warn({ err: new Error('no') }, 'failed');
    setLevel('debug');
    log.debug('heard');
    const [first] = readFileSync(path, 'utf8').split('\n');
    expect(JSON.parse(first ?? '')).toMatchObject({
      root: 'code',
      level: 40,
      err: { message: 'no', stack: expect.any(String) },
    });
    expect(messagesIn(path)).toEqual(['failed', 'heard']);
    close();
    log.info('after the end');
  });
});

test('it moves aside when it is full, and the newest stay', () => {
  inTemporaryFolder((folder) => {
    const path = absPath(`${folder}/agent.log`);
    const { log, close } = openLog(path, { rotateBytes: 1 });
    for (let i = 1; i <= 6; i++) log.info(`line ${i}`);
    close();
    expect(readdirSync(folder).sort()).toEqual(['agent.log', 'agent.log.1', 'agent.log.2', 'agent.log.3']);
    expect(['', '.1', '.2', '.3'].map((end) => messagesIn(path + end))).toEqual([
      ['line 6'],
      ['line 5'],
      ['line 4'],
      ['line 3'],
    ]);
  });
});
