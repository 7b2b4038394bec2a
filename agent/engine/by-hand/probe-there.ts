/**
 * What push and pull need to know of the other host, asked by one sh script: which rsync, the folder, the disk, the clock.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { quoteSh } from '../../link/remote-shell.ts';
import { parseRsyncVersion, type RsyncFlavour } from '../../transfer/rsync-flavour.ts';
import type { SshMaster } from './ssh-master.ts';

/** `other`: something that is no folder. */
export type PlaceState = 'folder' | 'missing' | 'other';

export interface There {
  /** Undefined where there is none, or none that answers. */
  readonly rsync:
    | { readonly path: string; readonly isOnPath: boolean; readonly flavour: RsyncFlavour | undefined }
    | undefined;
  readonly place: PlaceState;
  /** Whether this user may write in the folder, or in the nearest one above it that is there. */
  readonly isWritable: boolean;
  /** On the disk of the folder; undefined where df does not tell. */
  readonly freeBytes: number | undefined;
  /** The clock there less ours, as well as the connection lets us tell. */
  readonly clockAheadMs: number | undefined;
  readonly clockDoubtMs: number;
}

const answerSchema = z.object({
  rsync: z.string().optional(),
  onPath: z.enum(['yes', 'no']).catch('no'),
  version: z.string().default(''),
  place: z.enum(['folder', 'missing', 'other']),
  writable: z.enum(['yes', 'no']),
  freeKib: z.coerce.number().nonnegative().optional().catch(undefined),
  clock: z.coerce.number().positive().optional().catch(undefined),
});

/** @returns undefined where the other side runs no scripts: an account for rsync alone */
export async function probeThere(master: SshMaster, path: string): Promise<There | undefined> {
  const mark = `dsync-${randomBytes(9).toString('hex')}`;
  const before = Date.now();
  const { stdout } = await master.run(probeScript(path, mark));
  const after = Date.now();
  const [, between] = stdout.split(`${mark}\n`);
  if (between === undefined) return undefined;
  const lines = between.split('\n').map((line) => /^(\w+)=(.+)$/u.exec(line));
  const parsed = answerSchema.safeParse(Object.fromEntries(lines.flatMap((match) => (match ? [match.slice(1)] : []))));
  if (!parsed.success) return undefined;
  const { rsync, onPath, version, place, writable, freeKib, clock } = parsed.data;
  return {
    rsync:
      rsync === undefined
        ? undefined
        : { path: rsync, isOnPath: onPath === 'yes', flavour: parseRsyncVersion(version) },
    place,
    isWritable: writable === 'yes',
    freeBytes: freeKib === undefined ? undefined : freeKib * 1024,
    // `date` counts whole seconds: on the average it is half of one behind.
    clockAheadMs: clock === undefined ? undefined : clock * 1000 + 500 - (before + after) / 2,
    clockDoubtMs: 500 + (after - before) / 2,
  };
}

/** Where rsync may lie that PATH for a command over ssh does not name. */
const MORE_FOLDERS = '/opt/homebrew/bin:/usr/local/bin:/home/linuxbrew/.linuxbrew/bin:/opt/local/bin';

function probeScript(path: string, mark: string): string {
  return `
LC_ALL=C; export LC_ALL
echo ${mark}
tell() { [ -z "$2" ] || printf '%s=%s\\n' "$1" "$2"; }
look() { found=$(command -v rsync 2>/dev/null); version=; [ -z "$found" ] || version=$("$found" --version 2>/dev/null | sed -n 1p); }
look
tell onPath yes
case $version in
  'rsync  version '[3-9]*) ;;
  *)
    # macOS has another program of that name on PATH.
    first=$found first_version=$version usual=$PATH
    PATH=${MORE_FOLDERS}:$usual
    look
    PATH=$usual
    if [ "$found" != "$first" ]; then tell onPath no; else version=$first_version; fi ;;
esac
tell rsync "$found"
tell version "$version"
p=${quoteSh(path)}
if [ -d "$p" ]; then tell place folder
elif [ -e "$p" ] || [ -L "$p" ]; then tell place other
else tell place missing; fi
while [ ! -d "$p" ]; do
  case $p in
    */*) p=\${p%/*}; [ -n "$p" ] || p=/ ;;
    *) p=. ;;
  esac
done
if [ -w "$p" ] && [ -x "$p" ]; then tell writable yes; else tell writable no; fi
tell freeKib "$(df -Pk "$p" 2>/dev/null | awk 'END { print $4 }')"
tell clock "$(date +%s)"
echo ${mark}
exit 0
`;
}

/**
 * Makes the folder, and in it the one for backups, closed to all others: what is replaced may be secret.
 *
 * @returns what went wrong, if anything did
 */
export async function prepareThere(
  master: SshMaster,
  path: string,
  { backups }: { readonly backups: string | undefined },
): Promise<string | undefined> {
  const steps = [`mkdir -p -- ${quoteSh(path)}`];
  if (backups !== undefined) {
    steps.push(`cd -- ${quoteSh(path)}`, 'mkdir -p .dsync', 'umask 077', `mkdir -p ${quoteSh(backups)}`);
  }
  const { code, stderr } = await master.run(steps.join(' && '));
  return code === 0 ? undefined : stderr.trim() || `exit code ${code}`;
}
