/**
 * What a new installation starts with: the folders of dsync's own, the commented examples, and its name.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { childPath, tildePath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import { ensureHome, type Home } from '../../platform/home.ts';
import { isHostName } from '../../platform/own-host-name.ts';
import { readSettings } from '../engine/config/settings.ts';
import { type Change, createStep, type Step } from './change.ts';
import type { Ledger } from './ledger.ts';
import type { Place } from './place.ts';
import { planTextEdit } from './text-file.ts';

export interface StartingContext {
  readonly home: Home;
  readonly place: Place;
  readonly ledger: Ledger;
  /** What this host is called; as the settings say if absent. */
  readonly name?: string;
}

/** @throws {DsyncError} BAD_INPUT no such name can be given, or a file cannot be changed */
export function planStartingFiles({ home, place, ledger, name }: StartingContext): Step {
  const changes: Change[] = [];
  const right: string[] = [];
  if (!existsSync(home.config) || !existsSync(home.state)) {
    changes.push({
      what: `make ${tildePath(home.config)} and ${tildePath(home.state)}`,
      apply: () => {
        for (const folder of [home.config, home.state]) ledger.makeFolder(folder, { mode: 0o700 });
        ensureHome(home);
        return undefined;
      },
    });
  }
  const examples = childPath(place.folder, 'paths.txt');
  const paths = childPath(home.config, 'paths.txt');
  const cure = `Make ${home.config} writable for this user.`;
  if (existsSync(examples)) {
    const edit = (text: string | undefined): string => text ?? readFileSync(examples, 'utf8');
    const what = `write ${tildePath(paths)} with examples`;
    const change = planTextEdit({ path: paths, what, edit, ledger, mode: 0o600, cure });
    if (change === undefined) right.push(`${tildePath(paths)} is there`);
    else changes.push(change);
  }
  if (name !== undefined) {
    const change = planName(name, { home, ledger, cure });
    if (change === undefined) right.push(`this host is called ${name}`);
    else changes.push(change);
  }
  return createStep('settings', { changes, right });
}

function planName(
  name: string,
  { home, ledger, cure }: { readonly home: Home; readonly ledger: Ledger; readonly cure: string },
): Change | undefined {
  if (!isHostName(name))
    throw new DsyncError('BAD_INPUT', `“${name}” is no name for a host: 1 to 40 of A-Z a-z 0-9 . _ -`);
  const known = readSettings(home);
  return planTextEdit({
    path: childPath(home.config, 'settings.json'),
    what: `call this host ${name}`,
    edit: (text) => {
      const settings: object = JSON.parse(text?.replace(/^\uFEFF/, '') ?? '{}');
      return known.hostName === name && text !== undefined
        ? text
        : `${JSON.stringify({ ...settings, hostName: name }, null, 2)}\n`;
    },
    ledger,
    mode: 0o600,
    cure,
  });
}
