/**
 * Python: by the tool that keeps its environment, then by framework, scripts, and entry points.
 *
 * @module
 */
import type { Command } from '../core/command.ts';
import { fieldsOf, textFieldsOf, textOf, textsOf, valueAt } from '../core/shape.ts';
import { command, type Finding, SCORE, scriptScore } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

const MARKERS = [
  ...['pyproject.toml', 'uv.lock', 'poetry.lock', 'pdm.lock', 'Pipfile', 'hatch.toml', 'requirements.txt', 'setup.py'],
  ...['setup.cfg', 'tox.ini', 'environment.yml', 'manage.py'],
];
const ENTRIES = ['main.py', 'app.py', 'server.py', 'bot.py', 'run.py', '__main__.py'];

interface Runner {
  /** Goes before a program of the environment. */
  readonly prefix: readonly string[];
  readonly python: readonly string[];
  readonly why: string;
}

export function detectPython(files: ProjectFiles): Finding | undefined {
  const requirements = [...files.names].find((name) => /^requirements.*\.txt$/.test(name));
  const entry = ENTRIES.find((name) => files.has(name));
  const marker = MARKERS.find((name) => files.has(name)) ?? requirements ?? entry;
  if (marker === undefined) return undefined;
  const project = files.has('pyproject.toml') ? files.toml('pyproject.toml') : undefined;
  const runner = runnerOf(files, project);
  const { why } = runner;
  const needs = dependenciesOf(files, project);
  const commands = [
    ...framework(files, needs, runner),
    ...scripts(project, runner),
    ...(entry === undefined
      ? packages(files, project).map((name) =>
          command('run', [...runner.python, '-m', name], `${name}/__main__.py`, { score: SCORE.guess, why }),
        )
      : [
          command('run', [...runner.python, ...(entry === '__main__.py' ? ['.'] : [entry])], entry, {
            score: SCORE.guess,
            why,
          }),
        ]),
    ...tests(files, needs, runner),
  ];
  return { kind: 'python', marker, commands, members: textsOf(valueAt(project, 'tool', 'uv', 'workspace', 'members')) };
}

function runnerOf(files: ProjectFiles, project: unknown): Runner {
  const by = (tool: string, from: string): Runner => ({
    prefix: [tool, 'run'],
    python: [tool, 'run', 'python'],
    why: `${tool} from ${from}`,
  });
  const tables = Object.keys(fieldsOf(valueAt(project, 'tool')));
  for (const place of [files, files.workspace]) if (place?.has('uv.lock')) return by('uv', 'uv.lock');
  if (files.has('poetry.lock')) return by('poetry', 'poetry.lock');
  if (files.has('pdm.lock')) return by('pdm', 'pdm.lock');
  if (files.has('Pipfile')) return by('pipenv', 'Pipfile');
  for (const tool of ['uv', 'poetry', 'pdm', 'hatch']) {
    if (tables.includes(tool)) return by(tool, `pyproject.toml#tool.${tool}`);
  }
  if (files.has('hatch.toml')) return by('hatch', 'hatch.toml');
  const venv = ['.venv', 'venv'].find((name) => files.has(name));
  if (venv !== undefined) {
    return { prefix: [`${venv}/bin/python`, '-m'], python: [`${venv}/bin/python`], why: `the environment in ${venv}` };
  }
  return { prefix: ['python3', '-m'], python: ['python3'], why: 'no environment of its own' };
}

/** Names of packages it wants, in lower case; what their versions are does not matter here. */
function dependenciesOf(files: ProjectFiles, project: unknown): ReadonlySet<string> {
  const groups = fieldsOf(valueAt(project, 'dependency-groups'));
  const optional = fieldsOf(valueAt(project, 'project', 'optional-dependencies'));
  const lines = [
    ...textsOf(valueAt(project, 'project', 'dependencies')),
    ...[...Object.values(groups), ...Object.values(optional)].flatMap(textsOf),
    ...Object.keys(fieldsOf(valueAt(project, 'tool', 'poetry', 'dependencies'))),
    ...Object.keys(fieldsOf(files.has('Pipfile') ? files.toml('Pipfile')?.packages : undefined)),
    ...[...files.names]
      .filter((name) => /^requirements.*\.txt$/.test(name))
      .flatMap((name) => (files.text(name) ?? '').split('\n')),
  ];
  return new Set(lines.map((line) => (/^[\w.-]+/.exec(line.trim())?.[0] ?? '').toLowerCase()));
}

function framework(files: ProjectFiles, needs: ReadonlySet<string>, runner: Runner): Command[] {
  const { prefix, python, why } = runner;
  const found: Command[] = [];
  const serve = (
    run: readonly string[],
    source: string,
    number: number,
    flag: readonly string[] = ['--port'],
  ): void => {
    found.push(command('dev', run, source, { score: SCORE.main, why, port: { number, flag } }));
  };
  if (files.has('manage.py')) {
    found.push(
      command('dev', [...python, 'manage.py', 'runserver'], 'manage.py', { why, port: { number: 8000, flag: [] } }),
      command('shell', [...python, 'manage.py', 'shell'], 'manage.py', { score: SCORE.other, why }),
      command('test', [...python, 'manage.py', 'test'], 'manage.py', { score: SCORE.test, why }),
    );
    return found;
  }
  const source = pythonModule(files);
  if (source === undefined) return found;
  const text = files.text(source) ?? '';
  const module = source.replace(/\.py$/, '').replaceAll('/', '.');
  const from = (name: string): string => `${source}, which uses ${name}`;
  if (/^\s*(from|import)\s+streamlit\b/m.test(text)) {
    serve([...prefix, 'streamlit', 'run', source], from('streamlit'), 8501, ['--server.port']);
  } else if (/\bFastAPI\s*\(/.test(text)) {
    // The fastapi command comes with fastapi[standard] alone.
    const [, variable = 'app'] = /^(\w+)(?:\s*:[^=]+)?\s*=\s*FastAPI\s*\(/m.exec(text) ?? [];
    if (needs.has('fastapi-cli') || /fastapi\[(standard|all)/.test(textOfRequirements(files))) {
      serve([...prefix, 'fastapi', 'dev', source], from('fastapi'), 8000);
    } else serve([...prefix, 'uvicorn', `${module}:${variable}`, '--reload'], from('fastapi'), 8000);
  } else if (/\bFlask\s*\(/.test(text)) {
    const app = /^(app|wsgi)\.py$/.test(source) ? [] : ['--app', module];
    serve([...prefix, 'flask', ...app, 'run', '--debug'], from('flask'), 5000);
  }
  return found;
}

/** Where an application object usually is. */
function pythonModule(files: ProjectFiles): string | undefined {
  const places = [
    'main.py',
    'app.py',
    'wsgi.py',
    'asgi.py',
    'server.py',
    'app/main.py',
    'src/main.py',
    'streamlit_app.py',
    'api/main.py',
  ];
  return places.find((path) => files.has(path));
}

function textOfRequirements(files: ProjectFiles): string {
  const names = [...files.names].filter((name) => name === 'pyproject.toml' || /^requirements.*\.txt$/.test(name));
  return names.map((name) => files.text(name) ?? '').join('\n');
}

function scripts(project: unknown, { prefix, why }: Runner): Command[] {
  const inProject = textFieldsOf(valueAt(project, 'project', 'scripts')).map(([name, body]) =>
    command(name, isModuleRunner(prefix) ? [name] : [...prefix, name], `pyproject.toml#project.scripts.${name}`, {
      score: SCORE.guess + 5,
      role: 'run',
      why,
      body,
    }),
  );
  const tables = [
    ['poe', ['poe', 'tasks']],
    ['pdm', ['pdm', 'scripts']],
    ['task', ['taskipy', 'tasks']],
    ['poetry', ['poetry', 'scripts']],
  ] as const;
  const inTools = tables.flatMap(([tool, [table, key]]) =>
    Object.entries(fieldsOf(valueAt(project, 'tool', table, key)))
      .filter(([name]) => !name.startsWith('_'))
      .map(([name, value]) => {
        const body =
          textOf(value) ?? textOf(valueAt(value, 'cmd')) ?? textOf(valueAt(value, 'shell')) ?? JSON.stringify(value);
        const through = tool === 'poe' || tool === 'task' ? [...prefix, tool, name] : [...prefix, name];
        const score = tool === 'poetry' ? SCORE.guess + 5 : scriptScore(name);
        return command(name, through, `pyproject.toml#tool.${table}.${key}.${name}`, { score, why, body });
      }),
  );
  const environments = fieldsOf(valueAt(project, 'tool', 'hatch', 'envs'));
  const inHatch = Object.entries(environments).flatMap(([environment, value]) =>
    Object.keys(fieldsOf(valueAt(value, 'scripts'))).map((name) => {
      const target = environment === 'default' ? name : `${environment}:${name}`;
      return command(
        target,
        ['hatch', 'run', target],
        `pyproject.toml#tool.hatch.envs.${environment}.scripts.${name}`,
        { score: scriptScore(name), why },
      );
    }),
  );
  return [...inProject, ...inTools, ...inHatch];
}

/** `python -m` starts modules; a console script is a program. */
function isModuleRunner(prefix: readonly string[]): boolean {
  return prefix.includes('-m');
}

/** Packages that say how they are started. */
function packages(files: ProjectFiles, project: unknown): string[] {
  const name = textOf(valueAt(project, 'project', 'name'))?.replaceAll('-', '_');
  const folders = [...files.names].filter((folder) => !folder.startsWith('.') && !folder.includes('.'));
  const candidates = [...(name === undefined ? [] : [`src/${name}`]), ...folders];
  return candidates
    .filter((folder) => files.has(`${folder}/__main__.py`))
    .map((folder) => folder.replace(/^src\//, ''))
    .slice(0, 1);
}

function tests(files: ProjectFiles, needs: ReadonlySet<string>, { prefix, why }: Runner): Command[] {
  if (files.has('manage.py')) return [];
  const folder = ['tests', 'test'].find((name) => files.has(name));
  const isPytest =
    needs.has('pytest') || ['pytest.ini', 'conftest.py'].some((name) => files.has(name)) || folder !== undefined;
  if (isPytest) return [command('test', [...prefix, 'pytest'], folder ?? 'pytest', { score: SCORE.test, why })];
  return files.has('tox.ini') ? [command('test', ['tox'], 'tox.ini', { score: SCORE.test })] : [];
}
