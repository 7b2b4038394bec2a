import { mkdirSync, writeFileSync } from 'node:fs';
import { expectAlike, expectContent, shDone } from '../look.ts';
import { expectThat, NotTried, type Trial } from '../scenario.ts';
import { openSession, requireHandoff, switchHost } from './handoff.ts';
import { startProject } from './launch.ts';

const SERVER = `require('node:http').createServer((_, answer) => answer.end('served by dtest')).listen(process.env.PORT || 0, '127.0.0.1');\n`;

/** A day: a project here, started, edited there, seen here, proved equal, and the session taken over. */
export async function wholeWorkflow(trial: Trial): Promise<void> {
  const { stage, folder, says, signal } = trial;
  const { here, there, agent, rootName } = stage;
  const top = `${here.root}/${folder}`;
  mkdirSync(`${top}/src`, { recursive: true });
  writeFileSync(`${top}/server.cjs`, SERVER);
  writeFileSync(`${top}/src/app.txt`, 'version 1\n');
  const config = { launch: { default: 'web', commands: { web: { run: [process.execPath, 'server.cjs'] } } } };
  writeFileSync(`${top}/.dsync.json`, JSON.stringify(config));
  await expectAlike(trial);
  {
    await using started = await startProject(trial, folder);
    says(`a new project reached ${there.name} and serves at ${started.url}`);
    await shDone(there, `echo 'version 2' > ${folder}/src/app.txt`);
    await expectContent(here, `${folder}/src/app.txt`, 'version 2');
    says(`an edit on ${there.name} came here while it ran`);
  }
  await expectAlike(trial);
  const { roots } = await agent.call('verify', { root: rootName }, { signal });
  expectThat(roots.length > 0 && roots.every(({ equal }) => equal), 'The digests of both hosts differ');
  says('both hosts prove to be equal');
  try {
    await requireHandoff(trial);
  } catch (error) {
    if (error instanceof NotTried) throw new NotTried(`all but the handoff went well; ${error.message}`);
    throw error;
  }
  await using session = await openSession(trial);
  await switchHost(trial, session);
}
