import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { formatCount } from '../../platform/format.ts';
import { visible } from '../../platform/visible.ts';
import { captureSession, saveSnapshot } from '../session.ts';
import type { Snapshot } from '../snapshot/schema.ts';
import type { SaveOptions } from './handoff-commands.ts';

/** A name goes where ids go as well, so it must not look like one. */
const NAME = /^(?![0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{26}$)[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$/;

export async function save(cli: Cli, name: string | undefined, options: SaveOptions): Promise<ExitCode> {
  if (name !== undefined && !NAME.test(name)) {
    throw new DsyncError('BAD_INPUT', `${name} cannot be the name of a saved session. Nothing was saved.`, {
      cure: 'Use up to 64 of the characters A-Z a-z 0-9 . _ @ + - and begin with a letter, a digit or _',
    });
  }
  const { session: sessions, socket, scrollback, json } = options;
  const snapshot = await captureSession({ home: cli.home, signal: cli.signal, name, sessions, socket, scrollback });
  await saveSnapshot(cli.home, snapshot);
  if (json) cli.printJson(savedAsJson(snapshot));
  else cli.print(`Saved ${name ?? snapshot.id}: ${contentsOf(snapshot)}`);
  for (const { where, text } of snapshot.warnings) cli.note(visible(where === '' ? text : `${where}: ${text}`));
  return 0;
}

function savedAsJson({ id, name, createdAt, warnings, mux, services }: Snapshot) {
  const sessions = mux.sessions.map((session) => ({ name: session.name, windows: session.windows.length }));
  return { id, name, createdAt, sessions, services: services.map((service) => service.name), warnings };
}

export function contentsOf({ mux, services, processes }: Snapshot): string {
  const windows = mux.sessions.flatMap((session) => session.windows);
  const panes = windows.flatMap((window) => window.panes);
  const parts =
    mux.sessions.length === 0
      ? [
          'no tmux',
          'the current folder',
          ...(processes.length > 0 ? [formatCount(processes.length, 'process', 'processes')] : []),
        ]
      : [
          formatCount(mux.sessions.length, 'session'),
          formatCount(windows.length, 'window'),
          formatCount(panes.length, 'pane'),
        ];
  return [...parts, ...(services.length > 0 ? [formatCount(services.length, 'service')] : [])].join(', ');
}
