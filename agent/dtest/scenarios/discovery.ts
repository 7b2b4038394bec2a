import { mkdirSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { isInstalled, programDone } from '../programs.ts';
import { expectThat, NotTried, type Trial } from '../scenario.ts';
import { launcherEnv } from './launch.ts';

/** Folder, manifest, its text, and what it should be taken for. */
const PROJECTS = [
  ['web', 'package.json', '{ "name": "web", "scripts": { "dev": "vite" } }', 'node'],
  ['api', 'pyproject.toml', '[project]\nname = "api"\n', 'python'],
  ['tool', 'Cargo.toml', '[package]\nname = "tool"\nversion = "0.1.0"\n', 'rust'],
  ['service', 'go.mod', 'module example.org/service\n', 'go'],
] as const;

const foundSchema = z.looseObject({
  found: z.array(z.looseObject({ path: z.string(), kinds: z.array(z.string()) })),
});

/** Projects that lie in a folder are found, each for what it is; what only looks like one is not. */
export async function discovery(trial: Trial): Promise<void> {
  const { stage, folder, says } = trial;
  if (!isInstalled('dlaunch')) throw new NotTried('dlaunch is not installed beside dtest');
  const top = `${stage.here.root}/${folder}`;
  for (const [name, manifest, text] of PROJECTS) {
    mkdirSync(`${top}/${name}`, { recursive: true });
    writeFileSync(`${top}/${name}/${manifest}`, text);
  }
  mkdirSync(`${top}/web/node_modules/left-pad`, { recursive: true });
  writeFileSync(`${top}/web/node_modules/left-pad/package.json`, '{ "name": "left-pad" }');
  const start = performance.now();
  const json = await programDone(trial, 'dlaunch', ['discover', top, '--json'], { env: launcherEnv(trial) });
  const ms = performance.now() - start;
  const { found } = foundSchema.parse(JSON.parse(json));
  for (const [name, , , kind] of PROJECTS) {
    const project = found.find(({ path }) => path === `${top}/${name}`);
    expectThat(project !== undefined, `The project ${name} was not found`);
    expectThat(project.kinds.includes(kind), `${name} is taken for ${project.kinds.join(', ')}, and is ${kind}`);
  }
  expectThat(found.length === PROJECTS.length, `${found.length} projects were found where ${PROJECTS.length} are`);
  says(`${found.length} projects found, each for what it is, in ${Math.round(ms)} ms`);
}
