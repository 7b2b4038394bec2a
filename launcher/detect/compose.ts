import type { Command } from '../core/command.ts';
import { fieldsOf, itemsOf, textOf, valueAt } from '../core/shape.ts';
import { command, type Finding, SCORE } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

/** The first of these is what docker compose takes. */
const FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];

/** docker compose: all services, then each alone, with the port that it publishes. */
export function detectCompose(files: ProjectFiles): Finding | undefined {
  const marker = FILES.find((name) => files.has(name));
  if (marker === undefined) return undefined;
  const services = Object.entries(fieldsOf(files.yaml(marker)?.services));
  const ports = services.map(([, service]) => publishedPort(service));
  const first = ports.find((port) => port !== undefined);
  const all = command('up', ['docker', 'compose', 'up'], marker, {
    score: SCORE.runner + 4,
    why: `all of ${services.map(([name]) => name).join(', ')}`,
    ...(first === undefined ? {} : { port: { number: first } }),
  });
  const single = services.map(([name], i): Command => {
    const port = ports[i];
    const hint = port === undefined ? {} : { port: { number: port } };
    return command(`up:${name}`, ['docker', 'compose', 'up', name], `${marker}#services.${name}`, {
      role: 'serve',
      score: SCORE.runner - 6,
      ...hint,
    });
  });
  return { kind: 'compose', marker, isRunner: true, commands: [all, ...(services.length > 1 ? single : [])] };
}

/** Pure: of `8080:80`, `127.0.0.1:8080:80/tcp` and `{ published: 8080 }` the host's side; ranges and variables have none. */
export function publishedPort(service: unknown): number | undefined {
  for (const port of itemsOf(valueAt(service, 'ports'))) {
    const text = textOf(port) ?? (typeof port === 'number' ? undefined : String(valueAt(port, 'published') ?? ''));
    const [, long, short] = /^(?:(\d+)|(?:[\d.]+:|\[[^\]]*\]:)?(\d+):\d+(?:\/\w+)?)$/.exec(text ?? '') ?? [];
    const isPublished = short !== undefined || textOf(port) === undefined;
    const number = Number(short ?? long);
    if (isPublished && number > 0 && number < 65_536) return number;
  }
  return undefined;
}
