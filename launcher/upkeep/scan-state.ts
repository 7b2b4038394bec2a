/**
 * What the last look at the disk saw, so that the next one can tell with a few `stat`s whether anything is new.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import type { Home } from '../../platform/home.ts';
import { fieldsOf, valueAt } from '../core/shape.ts';
import type { Fingerprint } from './fingerprint.ts';

export interface ScanState {
  /** Of the last whole walk, milliseconds since 1970; 0 where there was none. */
  readonly at: number;
  /** Mtime of folders that hold projects. */
  readonly folders: Readonly<Record<string, number>>;
  readonly projects: Readonly<Record<string, Fingerprint>>;
}

/** It only saves work: what cannot be read of it counts as not seen. */
export function readScanState(home: Pick<Home, 'state'>): ScanState {
  const value = readJson(scanStatePath(home));
  const at = valueAt(value, 'at');
  return {
    at: typeof at === 'number' ? at : 0,
    folders: numbersOf(valueAt(value, 'folders')),
    projects: Object.fromEntries(
      Object.entries(fieldsOf(valueAt(value, 'projects'))).map(([path, print]) => [path, numbersOf(print)]),
    ),
  };
}

export function writeScanState(home: Pick<Home, 'state'>, state: ScanState): void {
  writeFileAtomic(scanStatePath(home), `${JSON.stringify(state)}\n`);
}

function numbersOf(value: unknown): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).flatMap(([key, number]) => (typeof number === 'number' ? [[key, number]] : [])),
  );
}

function readJson(path: AbsPath): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function scanStatePath(home: Pick<Home, 'state'>): AbsPath {
  return childPath(home.state, 'launcher/scan.json');
}
