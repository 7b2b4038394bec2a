/**
 * Whether a command may be started again by itself. Nothing surprising runs: what is known to be harmless or to be a
 * service is started, what could destroy something is not even typed, all else waits for a person's Enter. Pure.
 *
 * @module
 */
import type { Restart } from '../snapshot/schema.ts';
import { type Kind, programName, withoutWrappers } from './kind.ts';

export interface PolicyQuestion {
  readonly line: string;
  /** Of what really runs; empty where it is not known. */
  readonly argv: readonly string[];
  readonly kind: Kind;
  /** It is a package script. */
  readonly isScript: boolean;
  /** Ports that it listens on. */
  readonly ports: readonly number[];
  /** It runs from a configuration of dlaunch. */
  readonly isLaunched: boolean;
  /** Something of the line was taken out. */
  readonly isHidden: boolean;
  /** More than one program of it was seen, or it could not be seen exactly. */
  readonly isPartial: boolean;
  /** As the user says, by the beginning of a line. */
  readonly chosen: Readonly<Record<string, Restart['policy']>>;
}

type Verdict = Pick<Restart, 'policy' | 'reason'>;

/** Where a command begins: at the start, behind what separates commands, behind what runs another, in quotes. */
const AT = String.raw`(?:^|[;&|(\`'"{]\s*|\b(?:then|do|else|exec|nohup|time|env|command|nice|xargs)\s+)(?:\w+=\S*\s+)*(?:\S*/)?`;
const command = (names: string): RegExp => new RegExp(`${AT}(?:${names})(?=[\\s;&|)'"]|$)`);

const DANGEROUS: readonly (readonly [RegExp, string])[] = [
  [command('sudo|doas|su|pkexec'), 'it runs with more rights'],
  [command('rm|rmdir|shred|unlink|srm|trash'), 'it deletes'],
  [command('dd|mkfs[.\\w]*|fdisk|parted|wipefs|mkswap|diskutil|badblocks'), 'it writes to disks'],
  [command('shutdown|reboot|poweroff|halt|kill|pkill|killall|systemctl|launchctl|service'), 'it stops things'],
  [command('mv|cp|rsync|scp|truncate|chmod|chown|chgrp|ln|install|tee|crontab'), 'it changes files'],
  [
    /\bgit\b.*\s(?:push|reset|clean|rebase|merge|checkout|switch|restore|stash|commit|filter-\w+|branch\s+-\w*[dDmM]|tag\s+-d|gc|pull|cherry-pick|revert|am|apply)\b/,
    'it changes a repository',
  ],
  [
    /\b(?:terraform|tofu|pulumi|cdk|helm|helmfile|ansible(?:-playbook)?|serverless|sls|eb|flyctl|fly|heroku|vercel|netlify|wrangler)\b/,
    'it changes what runs elsewhere',
  ],
  [
    /\bkubectl\b.*\s(?:apply|delete|create|replace|patch|scale|rollout|drain|cordon|edit|set|annotate|label|exec|run)\b/,
    'it changes a cluster',
  ],
  [/\b(?:docker|podman|nerdctl)\b.*\s(?:rm|rmi|kill|stop|prune|push|down)\b/, 'it removes or stops containers'],
  [
    /\b(?:npm|pnpm|yarn|bun|cargo|gem|pip[\d.]*|apt|apt-get|dnf|yum|brew|pacman|apk|snap)\s+(?:\S+\s+)*?(?:install|i|add|remove|uninstall|update|upgrade|ci|publish|link|yank)\b/,
    'it installs or removes',
  ],
  [/\b(?:curl|wget)\b.*\|\s*(?:\w+\s+)*(?:ba|z|da|fi)?sh\b/, 'it runs what it fetches'],
  [
    /(?:^|[\s;&|])(?:curl|wget|http|https|xh)\b.*(?:-X\s*|--request[ =])?(?:POST|PUT|PATCH|DELETE)\b/,
    'it writes to a server',
  ],
  [/\b(?:DROP|DELETE\s+FROM|TRUNCATE|UPDATE\s+\w+\s+SET|INSERT\s+INTO|ALTER\s+TABLE)\b/i, 'it changes a database'],
  [/(?:^|[^<>=\-\d&])(?:\d?>{1,2}|&>|>\|)\s*(?!\/dev\/(?:null|stdout|stderr)\b|&\d)\S/, 'it writes into a file'],
  [/(?:^|[\s;&|])(?:xargs|parallel)\b|-(?:exec|execdir|delete|ok)\b/, 'it runs something on many files'],
  [/(?:^|[\s;&|])(?:eval|source|\.)\s/, 'it runs what another file says'],
  [/\$\(|`/, 'it runs another command for its words'],
];

const FINAL_NAME =
  /(?:^|[\s:_-])(?:deploy|publish|release|migrate|migrations?|rollback|destroy|drop|purge|nuke|wipe|uninstall|upload|teardown|db:\w+|seed)(?=[\s:_-]|$)/i;

/** Programs that serve, each with words that must follow where it does other things as well. */
const SERVERS =
  /^(?:node|deno|bun|ts-node|tsx|nodemon|npm|npx|pnpm|yarn|vite|next|nuxt|astro|remix|webpack|webpack-dev-server|parcel|ng|gatsby|eleventy|serve|http-server|live-server|json-server|storybook|expo|react-scripts|vue-cli-service|python[\d.]*|uv|poetry|pipenv|pdm|hatch|flask|django-admin|uvicorn|hypercorn|gunicorn|daphne|fastapi|streamlit|jupyter(?:-\w+)?|mkdocs|sphinx-autobuild|tensorboard|ruby|rails|rackup|puma|bundle|jekyll|foreman|overmind|hivemind|php|symfony|composer|hugo|zola|go|air|cargo|trunk|bacon|java|gradlew?|mvnw?|sbt|dotnet|mix|iex|elixir|caddy|nginx|redis-server|postgres|mongod|mysqld|minio|ollama|code-server|turbo|nx|lerna|make|just|task)$/;
const HARMLESS: ReadonlySet<Kind> = new Set(['shell', 'editor', 'pager', 'monitor']);
/** Run again and again by themselves, and touch nothing but what they build. */
const WATCHERS =
  /\b(?:tsc|vitest|jest|webpack|rollup|esbuild|tailwindcss|sass|cargo|nodemon|air|bacon|entr|watchexec|pytest-watch|ptw|guard)\b.*(?:-w\b|--watch(?:All)?\b|\bwatch\b)|^(?:nodemon|bacon|air|ptw|guard)\b/;

export function decidePolicy(question: PolicyQuestion): Verdict {
  const { line, chosen, kind, argv, ports } = question;
  const own = Object.entries(chosen)
    .filter(([start]) => line === start || line.startsWith(`${start} `))
    .sort(([a], [b]) => b.length - a.length)[0];
  if (own !== undefined) return { policy: own[1], reason: 'as the settings say' };
  const isNamed = !HARMLESS.has(kind) && (FINAL_NAME.test(line) || FINAL_NAME.test(argv.join(' ')));
  const danger =
    dangerOf(line) ??
    dangerOf(argv.join(' ')) ??
    (isNamed ? 'its name says that it changes something for good' : undefined);
  if (danger !== undefined) return { policy: 'skip', reason: danger };
  if (question.isHidden) return { policy: 'prefill', reason: 'something in it looked secret and was taken out' };
  if (question.isLaunched) return { policy: 'auto', reason: 'dlaunch started it' };
  const program = programName(withoutWrappers(argv)[0] ?? '');
  if (ports.length > 0 && (question.isScript || SERVERS.test(program)))
    return { policy: 'auto', reason: `it serves port ${ports.join(', ')}` };
  if (question.isPartial) return { policy: 'prefill', reason: 'it is more than one program' };
  if (HARMLESS.has(kind)) return { policy: 'auto', reason: 'it changes nothing by itself' };
  if (WATCHERS.test(line)) return { policy: 'auto', reason: 'it watches and builds' };
  if (question.isScript && /(?:^|[:_-])(?:dev|start|serve|watch|preview|storybook)(?:$|[:_-])/.test(scriptName(line)))
    return { policy: 'auto', reason: 'its name says that it serves or watches' };
  return { policy: 'prefill', reason: 'nobody knows what it does when it is run again' };
}

/** Why it must never run by itself; undefined for nothing of the sort. */
export function dangerOf(line: string): string | undefined {
  return DANGEROUS.find(([pattern]) => pattern.test(line))?.[1];
}

function scriptName(line: string): string {
  return /\brun\s+(\S+)/.exec(line)?.[1] ?? '';
}
