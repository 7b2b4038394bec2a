/**
 * What stands in the way of a handoff, and what will not be as it was: known before anything is touched. Pure.
 *
 * @module
 */
import type { RestorePlan } from '../restore/plan-schema.ts';
import type { Snapshot } from '../snapshot/schema.ts';
import type { HostFacts } from './steps.ts';

/** Beyond this, times in snapshots and logs of two hosts cannot be compared; nothing else depends on clocks. */
const SKEW_MS = 60_000;

export interface Finding {
  /** error: the handoff is not made. warning: something will be otherwise. note: good to know. */
  readonly level: 'error' | 'warning' | 'note';
  /** A pane, a root, a file; empty for the whole. */
  readonly where: string;
  readonly text: string;
  readonly cure: string;
}

export interface Preflight {
  readonly snapshot: Snapshot;
  readonly from: HostFacts;
  readonly to: HostFacts;
  readonly plan: RestorePlan;
  /** When the other host told its time, by this host's clock, how far it was off. */
  readonly skewMs: number;
  readonly copy: boolean;
}

export function findObstacles(preflight: Preflight): Finding[] {
  const { snapshot, plan, skewMs, from, to } = preflight;
  const found: Finding[] = [...rootFindings(preflight), ...editorFindings(preflight)];
  for (const one of plan.obstacles) found.push({ level: 'error', ...one });
  for (const one of plan.notices) found.push({ level: 'warning', ...one });
  for (const pane of plan.sessions.flatMap(({ windows }) => windows.flatMap(({ panes }) => panes))) {
    if (pane.problem !== '') found.push({ level: 'warning', where: pane.where, text: pane.problem, cure: '' });
  }
  for (const { name, problem } of plan.services) {
    const isSaid = plan.sessions.some(({ windows }) =>
      windows.some(({ panes }) => panes.some((pane) => pane.problem === problem)),
    );
    if (problem !== '' && !isSaid) found.push({ level: 'warning', where: name, text: problem, cure: '' });
  }
  for (const { where, text } of snapshot.warnings) found.push({ level: 'warning', where, text, cure: '' });
  if (Math.abs(skewMs) > SKEW_MS) {
    const seconds = Math.round(Math.abs(skewMs) / 1000);
    const text = `The clock of ${to.hostName} is ${seconds} s ${skewMs > 0 ? 'ahead' : 'behind'}; the handoff does not mind`;
    found.push({ level: 'note', where: '', text, cure: '' });
  }
  if (from.version !== to.version) {
    const text = `dsync is ${from.version} on ${from.hostName} and ${to.version} on ${to.hostName}`;
    found.push({ level: 'note', where: '', text, cure: `dsync host upgrade` });
  }
  return found;
}

/** Roots that the session works in. */
export function usedRoots(snapshot: Snapshot): ReadonlySet<string> {
  const used = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) visit(each);
    else if (typeof value === 'object' && value !== null) {
      if ('root' in value && 'rel' in value && typeof value.root === 'string') used.add(value.root);
      for (const each of Object.values(value)) visit(each);
    }
  };
  visit([snapshot.mux, snapshot.processes, snapshot.services, snapshot.editors, snapshot.shell.cwd]);
  return used;
}

function rootFindings({ snapshot, from, to }: Preflight): Finding[] {
  const used = usedRoots(snapshot);
  if (used.size === 0) {
    const text = `The session works in no folder that dsync keeps in sync: what ${to.hostName} has is used as it is`;
    return [
      { level: 'warning', where: '', text, cure: `Keep a folder in sync: dsync root add PATH --host ${to.hostName}` },
    ];
  }
  return [...used].flatMap((id): Finding[] => {
    const ours = from.roots.find((root) => root.id === id);
    const theirs = to.roots.find((root) => root.id === id);
    const name = ours?.name ?? snapshot.roots.find((root) => root.id === id)?.name ?? id;
    const error = (text: string, cure: string): Finding[] => [{ level: 'error', where: name, text, cure }];
    if (ours === undefined)
      return error(`${name} is not kept in sync by ${from.hostName} any more`, 'See: dsync root ls');
    if (theirs === undefined) {
      return error(
        `${ours.path} is not kept in sync with ${to.hostName}`,
        `dsync root add ${ours.path} --host ${to.hostName}, then: dsync wait`,
      );
    }
    for (const [root, host] of [
      [ours, from.hostName],
      [theirs, to.hostName],
    ] as const) {
      if (root.state === 'paused') return error(`${name} is paused on ${host}`, `dsync resume ${name}`);
      if (root.state === 'halted') return error(`${name} is halted on ${host}`, `See why, on ${host}: dsync status`);
    }
    if (ours.conflicts > 0) {
      return error(
        `${name} has ${ours.conflicts === 1 ? 'a conflict that is' : `${ours.conflicts} conflicts that are`} not settled`,
        'dsync conflicts, then: dsync resolve PATH',
      );
    }
    if (ours.held > 0 || theirs.held > 0) return error(`${name} has deletes that wait for you`, 'dsync approve');
    return [];
  });
}

function editorFindings({ snapshot, copy }: Preflight): Finding[] {
  return snapshot.editors.flatMap(({ app, unsaved, pane }) =>
    unsaved.map((file) => ({
      level: copy ? ('warning' as const) : ('error' as const),
      where: whereOf(snapshot, pane) || app,
      text: `${app} has changes in ${file.replace(/\$\{(home|root:[^}]*)\}\//, '')} that are not saved`,
      cure: 'Save them there, or discard them.',
    })),
  );
}

function whereOf(snapshot: Snapshot, key: string | null): string {
  for (const session of snapshot.mux.sessions) {
    for (const window of session.windows) {
      const pane = window.panes.find((one) => one.key === key);
      if (pane !== undefined) return `${session.name}:${window.index}.${pane.index}`;
    }
  }
  return '';
}

/** What a person calls it. */
export function labelOf({ name, mux, shell }: Snapshot): string {
  if (name !== null) return name.slice(0, 200);
  const names = mux.sessions.map((session) => session.name).join(', ');
  return (names || `the shell ${shell.path}`).slice(0, 200);
}
