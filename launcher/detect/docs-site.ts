import { command, type Finding, SCORE } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

interface Site {
  readonly kind: string;
  readonly markers: readonly string[];
  readonly run: readonly string[];
  readonly port: number;
  readonly flag: readonly string[];
  readonly needs?: string;
}

const SITES: readonly Site[] = [
  {
    kind: 'hugo',
    markers: ['hugo.toml', 'hugo.yaml', 'hugo.json', 'config.toml'],
    run: ['hugo', 'server'],
    port: 1313,
    flag: ['--port'],
    needs: 'content',
  },
  {
    kind: 'jekyll',
    markers: ['_config.yml'],
    run: ['bundle', 'exec', 'jekyll', 'serve'],
    port: 4000,
    flag: ['--port'],
  },
  { kind: 'mkdocs', markers: ['mkdocs.yml', 'mkdocs.yaml'], run: ['mkdocs', 'serve'], port: 8000, flag: [] },
  { kind: 'mdbook', markers: ['book.toml'], run: ['mdbook', 'serve'], port: 3000, flag: ['--port'] },
];

/** Documents and static pages. A lone index.html is a site only where nothing builds it. */
export function detectSite(files: ProjectFiles): Finding | undefined {
  for (const { kind, markers, run, port, flag, needs } of SITES) {
    const marker = markers.find((name) => files.has(name));
    if (marker === undefined || (needs !== undefined && !files.has(needs))) continue;
    // mkdocs takes an address, not a number, so it gets none.
    const hint = flag.length === 0 ? { number: port } : { number: port, flag };
    return { kind, marker, commands: [command('serve', run, marker, { score: SCORE.main - 2, port: hint })] };
  }
  if (!files.has('index.html')) return undefined;
  const serve = command('serve', ['npx', 'serve'], 'index.html', {
    score: SCORE.runner - 2,
    port: { number: 3000, flag: ['-l'] },
  });
  return { kind: 'static', marker: 'index.html', isRunner: true, commands: [serve] };
}
