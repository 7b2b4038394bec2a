/**
 * The lines of a control connection: see api.ts for what they carry.
 *
 * @module
 */
import { DsyncError, isFailureCode, messageOf } from '../../platform/failure.ts';

export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly cure: string;
}

export type Reply =
  | { readonly id: number; readonly result: unknown; readonly checkedBy?: string }
  | { readonly id: number; readonly error: WireError }
  | { readonly id: number; readonly event: unknown };

export function errorToWire(error: unknown): WireError {
  const known = error instanceof DsyncError ? error : new DsyncError('INTERNAL', messageOf(error), { cause: error });
  return { code: known.code, message: known.message, cure: known.cure };
}

/** A code that this version does not know becomes INTERNAL; message and cure stay. */
export function wireToError({ code, message, cure }: WireError): DsyncError {
  return new DsyncError(isFailureCode(code) ? code : 'INTERNAL', message, { cure });
}

/** Undefined for a line that is no reply. By hand: a schema would cost a quick command more than all else it does. */
export function parseReply(line: string): Reply | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('id' in value) || typeof value.id !== 'number') return undefined;
  if ('event' in value) return { id: value.id, event: value.event };
  if ('result' in value) {
    const checkedBy = 'checkedBy' in value && typeof value.checkedBy === 'string' ? { checkedBy: value.checkedBy } : {};
    return { id: value.id, result: value.result, ...checkedBy };
  }
  return 'error' in value ? { id: value.id, error: parseError(value.error) } : undefined;
}

function parseError(value: unknown): WireError {
  const text = (key: string): string => {
    const part: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
    return typeof part === 'string' ? part : '';
  };
  return { code: text('code'), message: text('message') || 'The agent failed without saying why', cure: text('cure') };
}
