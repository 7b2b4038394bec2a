import { setTimeout as sleep } from 'node:timers/promises';
import { expectAlike, shDone, until } from '../look.ts';
import { expectThat, type Trial } from '../scenario.ts';

/** Two changes that have not seen each other: both contents are on both hosts, until somebody settles it. */
export async function conflict(trial: Trial): Promise<void> {
  const { stage, folder, says, signal } = trial;
  const { here, there, agent, rootName } = stage;
  const file = `${folder}/edited.txt`;
  await shDone(here, `mkdir -p ${folder} && echo base > ${file}`);
  await expectAlike(trial);

  await agent.call('pause', { target: rootName }, { signal });
  try {
    await shDone(here, `echo 'ours' > ${file}`);
    // The later mtime stays at the path; both may be written within one tick of a coarse clock.
    await sleep(20, undefined, { signal });
    await shDone(there, `echo 'theirs' > ${file}`);
  } finally {
    await agent.call('resume', { target: rootName });
  }
  const conflicts = async () => {
    const all = await agent.call('conflicts', { root: rootName }, { signal });
    return all.conflicts.filter(({ path }) => path === file);
  };
  await until('the conflict is listed', async () => (await conflicts()).length === 1, { signal });
  const copies = `for f in ${file} .dsync/conflicts/${file}.sync-conflict-*; do cat "$f"; done | sort | tr '\\n' ' '`;
  for (const side of [here, there]) {
    await until(
      `both contents are on ${side.name}`,
      async () => (await side.sh(copies)).stdout.trim() === 'ours theirs',
      { signal },
    );
  }
  says('both contents are on both hosts');

  const [found] = await conflicts();
  expectThat(found !== undefined, 'The conflict is not listed any more');
  await agent.call('resolve', { path: `${here.root}/${file}`, keep: 'mine' }, { signal });
  for (const side of [here, there]) {
    await until(`${side.name} has what was chosen`, async () => (await side.sh(copies)).stdout.trim() === 'ours', {
      signal,
    });
  }
  expectThat((await conflicts()).length === 0, 'The conflict is still listed');
  says('settled for this host’s content, on both');
}
