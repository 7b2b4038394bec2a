/**
 * What one look at a project's files tells: a kind, and commands with reasons.
 *
 * @module
 */
import type { Command, Run } from '../core/command.ts';
import type { ProjectFiles } from './project-files.ts';

export interface Finding {
  /** What the project is made with: `node`, `rust`, `compose`. */
  readonly kind: string;
  /** The file that says so. */
  readonly marker: string;
  /** It names the project only where nothing else does: make, compose, an editor's tasks. */
  readonly isRunner?: boolean;
  /** The best first. */
  readonly commands: readonly Command[];
  /** Patterns of the folders that are projects of their own, as the manifest has them; `!` takes away. */
  readonly members?: readonly string[];
  /** Worth telling whoever asks why. */
  readonly notes?: readonly string[];
}

export type Detector = (files: ProjectFiles) => Finding | undefined;

/** What a command is worth; among alike ones the order in which they are found decides. */
export const SCORE = {
  configured: 100,
  lastUsed: 90,
  /** `dev` and its like; {@link scriptScore}. */
  script: 80,
  /** The ecosystem's own way to run the project. */
  main: 60,
  guess: 40,
  runner: 20,
  test: 15,
  build: 14,
  lint: 13,
  other: 10,
} as const;

const START_NAMES = ['dev', 'start:dev', 'dev:start', 'develop', 'serve', 'start', 'watch', 'preview'];
const RUNNER_NAMES = ['dev', 'run', 'start', 'serve', 'up', 'watch'];

/** Of a script that the project's author named. */
export function scriptScore(name: string): number {
  const at = START_NAMES.indexOf(name);
  return at >= 0 ? SCORE.script - at : checkScore(name);
}

/** Of a target of make, just and their like. */
export function runnerScore(name: string): number {
  const at = RUNNER_NAMES.indexOf(name);
  return at >= 0 ? SCORE.runner + 9 - at : checkScore(name) - 5;
}

function checkScore(name: string): number {
  if (name === 'test') return SCORE.test;
  if (name === 'build') return SCORE.build;
  return name === 'lint' ? SCORE.lint : SCORE.other;
}

export function roleOf(name: string): Command['role'] {
  if (/^(dev|develop|serve|start|preview|up)$|^(start:dev|dev:start)$/.test(name)) return 'serve';
  if (/^test/.test(name)) return 'test';
  return /^build/.test(name) ? 'build' : name === 'run' || name === 'watch' ? 'run' : 'other';
}

export interface CommandOptions extends Partial<Omit<Command, 'name' | 'run' | 'source'>> {}

/** A command in the project's own folder; role by its name unless said. */
export function command(name: string, run: Run, source: string, options: CommandOptions = {}): Command {
  return { name, run, source, folder: '', role: roleOf(name), why: '', score: SCORE.main, ...options };
}

/** Words of a line that needs no shell: `cargo run --bin api`. */
export function words(line: string): string[] {
  return line.split(' ').filter(Boolean);
}
