/**
 * Telling what a script printed from what the shell's start-up files printed around it.
 *
 * @module
 */
/** More than any script of ours prints. */
const MAX_BYTES = 4 * 1024 * 1024;

export interface RemoteResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line of sh that prints the mark; the mark itself does not occur in it, in case a shell shows what it runs. */
export function printBegin(token: string): string {
  return `printf '<dsync %s>' ${token}`;
}

/** As {@link printBegin}. */
export function printEnd(token: string): string {
  return `printf '</dsync %s>' ${token}`;
}

export interface FrameReader {
  push(part: Uint8Array): void;
  readonly hasBegun: boolean;
  /** Undefined until all of it is there. */
  readonly result: RemoteResult | undefined;
}

/** Reads `noise <begin> stdout <end> code space stderr <end> noise`, in parts of any length. */
export function createFrameReader(token: string): FrameReader {
  const begin = `<dsync ${token}>`;
  const end = `</dsync ${token}>`;
  let bytes = Buffer.alloc(0);
  let hasBegun = false;
  let result: RemoteResult | undefined;

  function push(part: Uint8Array): void {
    if (result !== undefined) return;
    bytes = Buffer.concat([bytes, part]);
    if (!hasBegun) {
      const at = bytes.indexOf(begin);
      hasBegun = at >= 0;
      bytes = hasBegun ? bytes.subarray(at + begin.length) : bytes.subarray(-begin.length);
    }
    if (!hasBegun) return;
    const stdoutEnd = bytes.indexOf(end);
    const saidEnd = stdoutEnd < 0 ? -1 : bytes.indexOf(end, stdoutEnd + end.length);
    if (saidEnd >= 0)
      result = parseFrame(bytes.subarray(0, stdoutEnd), bytes.subarray(stdoutEnd + end.length, saidEnd));
    else if (bytes.length > MAX_BYTES) result = { code: 1, stdout: '', stderr: 'the output was too long' };
  }

  return {
    push,
    get hasBegun() {
      return hasBegun;
    },
    get result() {
      return result;
    },
  };
}

function parseFrame(stdout: Buffer, tail: Buffer): RemoteResult {
  const [, code = '1', stderr = ''] = /^(\d+) (.*)$/su.exec(tail.toString('utf8')) ?? [];
  return { code: Number(code), stdout: stdout.toString('utf8'), stderr };
}
