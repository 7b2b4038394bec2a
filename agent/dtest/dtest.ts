/**
 * Plays the scenarios one after the other and reports each as it ends.
 *
 * @module
 */
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import { formatDuration } from '../../platform/format.ts';
import { limitTime } from '../../platform/time-limit.ts';
import { VERSION } from '../../platform/version.ts';
import { visible } from '../../platform/visible.ts';
import { openEmbeddedStage } from './embedded-stage.ts';
import { openHostStage } from './host-stage.ts';
import type { DtestOptions } from './program.ts';
import { Failed, NotTried, type Trial } from './scenario.ts';
import { SCENARIO_NAMES } from './scenario-names.ts';
import { bothDirections } from './scenarios/both-directions.ts';
import { conflict } from './scenarios/conflict.ts';
import { discovery } from './scenarios/discovery.ts';
import { environment } from './scenarios/environment.ts';
import { fileSync } from './scenarios/file-sync.ts';
import { gitRepository } from './scenarios/git-repository.ts';
import { handoff } from './scenarios/handoff.ts';
import { launch } from './scenarios/launch.ts';
import { performanceFigures } from './scenarios/performance.ts';
import { watching } from './scenarios/watching.ts';
import { wholeWorkflow } from './scenarios/whole-workflow.ts';
import type { Stage } from './stage.ts';

/** Longer than any of it takes on a slow line. */
const SCENARIO_MS = 300_000;

/** In the order of {@link SCENARIO_NAMES}. */
const SCENARIOS: readonly ((trial: Trial) => Promise<void>)[] = [
  fileSync,
  watching,
  bothDirections,
  conflict,
  gitRepository,
  handoff,
  launch,
  discovery,
  environment,
  performanceFigures,
  wholeWorkflow,
];

export interface Outcome {
  readonly scenario: number;
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'not-tried';
  readonly ms: number;
  readonly seen: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
  readonly fault?: { readonly message: string; readonly cause: string };
}

export async function dtest(cli: Cli, host: string | undefined, { json, scenario }: DtestOptions): Promise<ExitCode> {
  const { signal, note, colors } = cli;
  const stage =
    host === undefined ? await openEmbeddedStage({ signal }) : await openHostStage(cli.home, host, { signal });
  note(
    colors.dim(
      host === undefined
        ? 'two hosts on this machine alone, over real SSH; with a host of yours: dtest HOST'
        : `this host and ${host}, in scratch folders: ${stage.here.root} and ${stage.there.root}`,
    ),
  );
  const outcomes: Outcome[] = [];
  try {
    for (const number of scenario ?? SCENARIOS.map((_, i) => i + 1)) {
      const outcome = await play(stage, number, signal);
      outcomes.push(outcome);
      if (!json) show(cli, outcome);
    }
  } finally {
    await stage.close();
  }
  const count = (state: Outcome['state']): number => outcomes.filter((outcome) => outcome.state === state).length;
  const [passed, failed, notTried] = [count('passed'), count('failed'), count('not-tried')];
  if (json) cli.printJson({ version: VERSION, host: host ?? null, passed, failed, notTried, outcomes });
  else cli.print(`\n${passed} passed, ${failed} failed, ${notTried} could not be tried`);
  if (failed > 0) return 1;
  return notTried > 0 ? 3 : 0;
}

async function play(stage: Stage, number: number, stop: AbortSignal): Promise<Outcome> {
  const seen: string[] = [];
  const figures: Record<string, number> = {};
  using limit = limitTime(stop, SCENARIO_MS);
  const { signal } = limit;
  const trial: Trial = {
    stage,
    folder: `scenario-${number}`,
    says: (text) => void seen.push(text),
    figure: (name, value) => {
      figures[name] = Math.round(value * 1000) / 1000;
    },
    signal,
  };
  const start = performance.now();
  const outcome = (state: Outcome['state'], fault?: Outcome['fault']): Outcome => ({
    scenario: number,
    name: SCENARIO_NAMES[number - 1] ?? '',
    state,
    ms: Math.round(performance.now() - start),
    seen,
    figures,
    ...(fault !== undefined && { fault }),
  });
  try {
    await SCENARIOS[number - 1]?.(trial);
    return outcome('passed');
  } catch (error) {
    stop.throwIfAborted();
    if (error instanceof NotTried)
      return outcome('not-tried', {
        message: error.message,
        cause: 'It is not built yet, or cannot be on this stage.',
      });
    const cause =
      error instanceof Failed
        ? error.why
        : error instanceof DsyncError
          ? error.cure
          : 'See what the agents say: dsync logs';
    return outcome('failed', { message: messageOf(error), cause });
  }
}

function show({ colors, print }: Cli, { scenario, name, state, ms, seen, fault }: Outcome): void {
  const mark = {
    passed: colors.green('✓ passed   '),
    failed: colors.red('✗ FAILED   '),
    'not-tried': colors.yellow('- not tried'),
  }[state];
  const text = state === 'not-tried' ? (fault?.message ?? '') : seen.join('; ');
  print(
    `${mark} ${String(scenario).padStart(2)}  ${colors.bold(name.padEnd(18))}  ${colors.dim(formatDuration(ms).padStart(6))}  ${visible(text)}`.trimEnd(),
  );
  if (state !== 'failed') return;
  print(`      ${visible(fault?.message ?? '')}`);
  print(`      ${colors.dim(visible(fault?.cause ?? ''))}`);
}
