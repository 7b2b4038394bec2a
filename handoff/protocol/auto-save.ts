/**
 * The session, saved by itself when it has changed, and sent to linked hosts: what they go on from if this one is gone.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { capture } from '../../platform/capture.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import { quoteWords } from '../../platform/quote-words.ts';
import { captureSession, packSnapshot, saveSnapshot } from '../session.ts';
import type { Snapshot } from '../snapshot/schema.ts';
import { firstClaim } from './claim.ts';
import type { ThisHost } from './host-steps.ts';
import { sendMail } from './mail.ts';
import { isUnfinished } from './own-steps.ts';
import { labelOf } from './preflight.ts';

/** Where in tmux's list of hooks ours stands, so that it replaces itself and nobody else's. */
const HOOK = 'client-detached[7717]';

/** @returns the snapshot, if something had changed and the session is this host's */
export async function autoSave(
  home: Home,
  { host, agent }: ThisHost,
  { signal }: { readonly signal: AbortSignal },
): Promise<Snapshot | undefined> {
  const { ledger, self } = host;
  const snapshot = await captureIfThere(home, signal);
  if (snapshot === undefined) return undefined;
  await saveOnDetach(snapshot.producer.mux.socket);
  const { sessionKey, id, createdAt } = snapshot;
  // From its first snapshot on it is somebody's: whoever takes it over later has an epoch to raise.
  const { owner } = await ledger.locked(
    () => ledger.claim(sessionKey) ?? ledger.putClaim(firstClaim(sessionKey, self, createdAt)),
  );
  const isMoving = ledger.outgoings().some((one) => one.handoff.sessionKey === sessionKey && isUnfinished(one));
  if (owner !== self.id || isMoving) return undefined;
  const print = fingerprint(snapshot);
  const last = childPath(home.state, `handoff/ledger/last-auto-${sessionKey}`);
  if (readText(last) === print) return undefined;
  await saveSnapshot(home, snapshot);
  const packed = await packSnapshot(home, snapshot);
  await sendMail(home, host, agent, { id, sessionKey, label: labelOf(snapshot), takenAt: createdAt, packed });
  writeFileAtomic(last, print);
  return snapshot;
}

async function captureIfThere(home: Home, signal: AbortSignal): Promise<Snapshot | undefined> {
  try {
    return await captureSession({ home, signal, trigger: 'auto' });
  } catch (error) {
    if (error instanceof DsyncError && error.code === 'SESSION_EMPTY') return undefined;
    throw error;
  }
}

/** Of what a person would call a change. */
function fingerprint({ mux, services, editors, git, tools, processes, roots }: Snapshot): string {
  const text = JSON.stringify([mux, services, editors, git, tools, processes, roots]);
  return createHash('sha256').update(text).digest('hex');
}

/** tmux tells when somebody detaches. It is told so anew each time, since a server may have been started since. */
async function saveOnDetach(socket: string): Promise<void> {
  const [script] = process.argv.slice(1);
  if (script === undefined || socket === '') return;
  const own = process.env.DSYNC_HOME ? [`DSYNC_HOME=${process.env.DSYNC_HOME}`] : [];
  const line = quoteWords(['env', ...own, process.execPath, script, 'handoff', 'upkeep']);
  const quoted = line.replaceAll('#', '##').replace(/[\\"$]/g, '\\$&');
  await capture('tmux', ['-S', socket, 'set-hook', '-g', HOOK, `run-shell -b "${quoted} >/dev/null 2>&1"`]);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
