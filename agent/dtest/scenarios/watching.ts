import { writeFileSync } from 'node:fs';
import { formatMs } from '../../../platform/format.ts';
import { expectContent, shDone } from '../look.ts';
import type { Trial } from '../scenario.ts';

const SAVES = 12;
/** Nobody asks for anything: what comes comes by itself, or not at all. */
const WITHIN_MS = 15_000;

/** A save shows up there by itself, again and again, whichever way an editor saves. */
export async function watching({ stage, folder, says, figure }: Trial): Promise<void> {
  const { here, there } = stage;
  await shDone(here, `mkdir -p ${folder}`);
  const times: number[] = [];
  for (let i = 0; i < SAVES; i++) {
    const content = `save ${i} of ${folder}`;
    const path = `${folder}/watched.txt`;
    const arrives = expectContent(there, path, content, { within: WITHIN_MS });
    // Where the save itself fails, or Ctrl-C comes, nobody waits for it any more.
    arrives.catch(() => undefined);
    const start = performance.now();
    if (i % 2 === 0) writeFileSync(`${here.root}/${path}`, `${content}\n`);
    else await shDone(here, `echo '${content}' > ${folder}/.watched.tmp && mv ${folder}/.watched.tmp ${path}`);
    await arrives;
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const median = times[SAVES >> 1] ?? 0;
  figure('seenThereMs', median);
  says(
    `${SAVES} saves, in place and by rename, each seen there by itself (median ${formatMs(median)}, looked for every 20 ms)`,
  );
}
