/**
 * Bundles the program into dist/: our code and the packages that are plain JavaScript, split so that what a command does
 * not use is not loaded. Packages with native parts stay outside, in node_modules.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installDeps } from './install-deps.mjs';
import { capture, ROOT, requireNode, say } from './run.mjs';
import { isStale } from './stale.mjs';

/**
 * What is run, by the name of the file in dist/. Programs that are bundled together share parts, in many small files; the
 * launcher is alone, since it starts in half as many.
 */
const BUNDLES = [
  {
    dsync: 'agent/cli/main.ts',
    dtest: 'agent/dtest/main.ts',
    'switch-host': 'handoff/cli/main.ts',
    activate: 'agent/link/activate-main.ts',
  },
  { dlaunch: 'launcher/cli/main.ts' },
];

/** Not bundled: packages with native parts. agent/link/bundle.ts says which of them travel to other hosts. */
const EXTERNAL = ['lmdb', 'koffi', 'ssh2', 'msgpackr-extract'];

// Bundled CommonJS packages call these, which ES modules have not.
const BANNER = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;',
].join(' ');

/** zod brings its messages in fifty languages, half of its size, loaded at every start; ours are English. */
const ONLY_ENGLISH = {
  name: 'only-english',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: dirname(path),
    }));
  },
};

export async function build() {
  const known = BUNDLES.flatMap((bundled) => Object.entries(bundled));
  const entries = known.filter(([, source]) => existsSync(`${ROOT}${source}`));
  for (const [name, source] of known) {
    if (!existsSync(`${ROOT}${source}`)) say(`dist/${name}.js is left out: there is no ${source}`);
  }
  // Built aside and exchanged at the end: whoever starts it meanwhile must not meet half of it.
  const fresh = `${ROOT}dist.${process.pid}`;
  try {
    for (const bundled of BUNDLES) await bundle(Object.fromEntries(entries.filter(([name]) => name in bundled)), fresh);
    for (const [name] of entries) {
      const path = `${fresh}/${name}.js`;
      const text = readFileSync(path, 'utf8');
      writeFileSync(path, text.startsWith('#!') ? text : `#!/usr/bin/env node\n${text}`);
      chmodSync(path, 0o755);
    }
    stampBuild(fresh);
    await writeCompletions(fresh);
    writeFileSync(`${fresh}/parts.json`, `${JSON.stringify(platformParts(), null, 1)}\n`);
    replaceDist(fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * Where its packages with native parts are found must lie above the folder.
 *
 * @param entryPoints sources by the name of the file in the folder
 */
export async function bundle(entryPoints, outdir) {
  const esbuild = await import('esbuild');
  const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: EXTERNAL,
    chunkNames: 'parts/[name]-[hash]',
    banner: { js: BANNER },
    define: { DSYNC_VERSION: JSON.stringify(version) },
    plugins: [ONLY_ENGLISH],
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
  });
}

/** Builds unless dist/ is newer than every source. */
export async function buildIfStale() {
  if (isStale()) await buildOrExit();
}

/** Checksums from the lock file of the native parts for every platform, which a deploy may have to fetch. */
function platformParts() {
  const { packages } = JSON.parse(readFileSync(`${ROOT}package-lock.json`, 'utf8'));
  const isPart = ([path, { integrity }]) =>
    integrity !== undefined && /^node_modules\/(@lmdb|@koromix)\/[^/]+-(linux|darwin)-(x64|arm64)$/.test(path);
  return Object.fromEntries(
    Object.entries(packages)
      .filter(isPart)
      .map(([path, { version, integrity }]) => [`${path.slice('node_modules/'.length)}@${version}`, integrity]),
  );
}

/** Names the build after its content, so that two builds of the same sources are one. See platform/build.ts. */
function stampBuild(fresh) {
  const files = readdirSync(fresh, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
  const texts = files.sort().map((name) => ({ name, text: readFileSync(`${fresh}/${name}`, 'utf8') }));
  const hash = createHash('sha256');
  for (const { name, text } of texts) hash.update(`${name}\0${text}\0`);
  const stamp = hash.digest('hex').slice(0, 16);
  for (const { name, text } of texts)
    if (text.includes('@@dsync-build@@@'))
      writeFileSync(`${fresh}/${name}`, text.replaceAll('@@dsync-build@@@', stamp));
}

/** Shells read these as they start, without starting a program; each comes from its program's own table of commands. */
async function writeCompletions(fresh) {
  mkdirSync(`${fresh}/completion`);
  const programs = Object.keys(JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')).bin);
  const wanted = programs.filter((name) => existsSync(`${fresh}/${name}.js`));
  const calls = wanted.flatMap((name) => ['bash', 'zsh', 'fish'].map((shell) => ({ name, shell })));
  await Promise.all(
    calls.map(async ({ name, shell }) => {
      const { code, output } = await capture(process.execPath, [`${fresh}/${name}.js`, 'completion', shell]);
      if (code === 0) writeFileSync(`${fresh}/completion/${name}.${shell}`, output);
      else if (shell === 'bash') say(`there is no completion for ${name}: ${output.trim().split('\n')[0]}`);
    }),
  );
}

function replaceDist(fresh) {
  const old = `${fresh}.old`;
  if (existsSync(`${ROOT}dist`)) renameSync(`${ROOT}dist`, old);
  renameSync(fresh, `${ROOT}dist`);
  rmSync(old, { recursive: true, force: true });
}

/** Builds; where that fails, esbuild has said why, and this ends the program. */
export async function buildOrExit() {
  say('building dist/');
  await build().catch((error) => {
    say(`the build failed; dist/ is as it was: ${error.message.split('\n')[0]}`);
    process.exit(1);
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  requireNode();
  await installDeps();
  await buildOrExit();
}
