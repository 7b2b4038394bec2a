/**
 * From bytes to a snapshot, or one clear word on why they are none. A file may have been cut short, changed by hand,
 * written by a later dsync, or be something else altogether.
 *
 * @module
 */
import { DsyncError, messageOf } from '../../platform/failure.ts';
import { countLeaves, parseLayout } from '../tmux/layout.ts';
import { checksumOf } from './checksum.ts';
import { FORMAT, MAJOR, type Snapshot, snapshotSchema } from './schema.ts';

/** Larger than any session; a file that was swapped for something else is not read into memory. */
export const MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024;

/**
 * @param source what the text is of, for the message
 * @throws {DsyncError} SNAPSHOT_INVALID
 */
export function readSnapshot(text: string, source: string): Snapshot {
  const invalid = (fault: string, cure?: string): DsyncError =>
    new DsyncError('SNAPSHOT_INVALID', `${source} ${fault}`, cure === undefined ? {} : { cure });
  if (text.trim() === '') throw invalid('is empty');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`is cut short or damaged: ${messageOf(error)}`);
  }
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== FORMAT)
    throw invalid('is no snapshot of dsync');
  const major = majorOf(value);
  if (major === undefined) throw invalid('does not say which version it is of');
  if (major > MAJOR) {
    throw invalid(
      `is of a later dsync (snapshot version ${major}; this one reads ${MAJOR})`,
      'Upgrade dsync on this host. Nothing was started and nothing was stopped.',
    );
  }
  const parsed = snapshotSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`is damaged at ${issue?.path.join('.') || 'its top'}: ${issue?.message ?? 'not what is expected'}`);
  }
  if (parsed.data.checksum !== checksumOf(value))
    throw invalid('was changed after it was saved: its checksum is wrong');
  const fault = faultOf(parsed.data);
  if (fault !== undefined) throw invalid(fault);
  return parsed.data;
}

/** What the schema cannot say; undefined for a snapshot that can be used. */
export function faultOf({ mux, processes, services, producer }: Snapshot): string | undefined {
  if (producer.mux.kind === 'tmux' && mux.sessions.length === 0) return 'holds no tmux session';
  if (producer.mux.kind === 'none' && processes.length + services.length === 0 && mux.sessions.length > 0)
    return 'holds tmux sessions without tmux';
  for (const { name, windows } of mux.sessions) {
    for (const { index, layout, panes } of windows) {
      const parsed = parseLayout(layout);
      if (parsed === undefined || countLeaves(parsed) !== panes.length)
        return `is damaged: the layout of window ${name}:${index} does not fit its ${panes.length} panes`;
    }
  }
  return undefined;
}

function majorOf(value: object): number | undefined {
  if (!('version' in value) || typeof value.version !== 'object' || value.version === null) return undefined;
  return 'major' in value.version && typeof value.version.major === 'number' ? value.version.major : undefined;
}
