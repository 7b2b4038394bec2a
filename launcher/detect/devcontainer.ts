import { itemsOf } from '../core/shape.ts';
import { command, type Finding, SCORE } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

/** Development containers: opened by their own tool. */
export function detectDevContainer(files: ProjectFiles): Finding | undefined {
  const nested = files.list('.devcontainer').map((name) => `.devcontainer/${name}/devcontainer.json`);
  const marker = ['.devcontainer/devcontainer.json', '.devcontainer.json', ...nested].find((path) => files.has(path));
  if (marker === undefined) return undefined;
  const [port] = itemsOf(files.json(marker)?.forwardPorts).filter((one) => typeof one === 'number');
  const config = marker.split('/').length === 3 ? ['--config', marker] : [];
  const up = command('container', ['devcontainer', 'up', '--workspace-folder', '.', ...config], marker, {
    role: 'other',
    score: SCORE.runner - 9,
    ...(port === undefined ? {} : { port: { number: port } }),
  });
  return { kind: 'devcontainer', marker, isRunner: true, commands: [up] };
}
