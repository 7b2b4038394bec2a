import { once } from 'node:events';
import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import type { Cli } from '../../platform/cli.ts';
import { temporaryPlace } from '../../platform/fixtures/temporary-place.ts';
import { logPath, openLog } from '../../platform/log.ts';
import { formatLogLine } from './format-log.ts';
import { logs } from './logs.ts';

const plain = pc.createColors(false);

test.each([
  ['{"level":30,"time":0,"pid":7,"msg":"hello"}', /^19\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.000 INFO {2}hello$/],
  ['{"level":50,"time":0,"host":"gpu","n":2,"msg":"x"}', /ERROR x host=gpu n=2$/],
  [
    '{"level":40,"time":0,"err":{"type":"Error","message":"m","stack":"Error: m\\n    at a"}}',
    /WARN {2}\n {4}Error: m\n {8}at a$/,
  ],
  ['no log line', /^no log line$/],
  ['{"level":"x"}', /^\{"level":"x"\}$/],
])('%s', (line, expected) => {
  expect(formatLogLine(line, plain)).toMatch(expected);
});

describe('logs', () => {
  function setUp() {
    const place = temporaryPlace();
    const stop = new AbortController();
    const printed: string[] = [];
    const grown = new EventTarget();
    const print = (line: string): void => {
      printed.push(JSON.parse(line).msg);
      grown.dispatchEvent(new Event('line'));
    };
    const cli: Cli = {
      home: place.home,
      signal: stop.signal,
      colors: plain,
      canAsk: false,
      print,
      printJson: () => {},
      note: () => {},
    };
    const reach = async (count: number): Promise<void> => {
      while (printed.length < count) await once(grown, 'line');
    };
    return { place, stop, printed, cli, reach };
  }

  test('prints the last lines, also out of files that moved aside', async () => {
    const { place, printed, cli } = setUp();
    using _ = place;
    const { log, close } = openLog(logPath(place.home), { rotateBytes: 200 });
    for (let i = 1; i <= 9; i++) log.info(`line ${i}`);
    close();
    await logs(cli, { lines: 7, json: true });
    expect(printed).toEqual([3, 4, 5, 6, 7, 8, 9].map((i) => `line ${i}`));
  });

  test('follows a log as it grows and moves aside, losing no line, until it is stopped', async () => {
    const { place, stop, printed, cli, reach } = setUp();
    using _ = place;
    const { log, close } = openLog(logPath(place.home), { rotateBytes: 200 });
    log.info('before');
    const following = logs(cli, { lines: 10, follow: true, json: true });
    await reach(1);
    for (let i = 1; i <= 20; i++) {
      log.info(`line ${i}`);
      await reach(i + 1);
    }
    stop.abort();
    expect(await following).toBe(0);
    close();
    expect(printed).toEqual(['before', ...Array.from({ length: 20 }, (_, i) => `line ${i + 1}`)]);
  });
});
