/**
 * A folder on another host as people write it: `host:/path`, `user@host:path`, `ssh://user@host:port/path`. Pure.
 *
 * @module
 */

export interface Remote {
  /** As ssh takes it, without a port. */
  readonly destination: string;
  readonly port: number | undefined;
  /** Absolute, or from the home there (`./x`; the home itself is `.`); undefined where none was given. */
  readonly path: string | undefined;
}

export type ParsedRemote = ({ readonly kind: 'remote' } & Remote) | { readonly kind: 'fault'; readonly fault: string };

/** Every text parses; a text without a colon is a host alone. */
export function parseRemote(text: string): ParsedRemote {
  if (/[\0\n\r]/.test(text)) return { kind: 'fault', fault: 'it has a line break in it' };
  const url = /^ssh:\/\/(?<destination>[^/:[\]]+|(?:[^/@]+@)?\[[^\]]+\])(?::(?<port>\d+))?(?<path>\/.*)?$/.exec(
    text,
  )?.groups;
  if (url !== undefined) {
    // In a URL, `/~/x` is from the home.
    return remote(
      url.destination ?? '',
      url.port,
      url.path === '/' ? undefined : url.path?.replace(/^\/~(?=\/|$)/, '~'),
    );
  }
  if (/^[a-z]+:\/\//i.test(text)) return { kind: 'fault', fault: 'only ssh is spoken' };
  const plain = /^(?<destination>(?:[^:/@]*@)?(?:\[[^\]]+\]|[^:/]+))(?::(?<path>.*))?$/s.exec(text)?.groups;
  if (plain === undefined) return { kind: 'fault', fault: 'it is neither HOST nor HOST:PATH' };
  if (plain.path?.startsWith(':'))
    return { kind: 'fault', fault: 'HOST::MODULE is an rsync daemon; only ssh is spoken' };
  return remote(plain.destination ?? '', undefined, plain.path);
}

function remote(destination: string, port: string | undefined, path: string | undefined): ParsedRemote {
  if (/^-|@-|[\s'"\\$`;&|<>()]|^$|@$/.test(destination))
    return { kind: 'fault', fault: `“${destination}” names no host` };
  if (path === '') return { kind: 'fault', fault: 'the path is empty; for the home write ~' };
  return {
    kind: 'remote',
    destination,
    port: port === undefined ? undefined : Number(port),
    path: path === undefined ? undefined : pathThere(path),
  };
}

/** No shell there reads the path, so `~` is written as what it means: where a login starts. */
export function pathThere(path: string): string {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, '') : path;
  if (trimmed === '') return '/';
  if (trimmed === '~' || trimmed === '.') return '.';
  if (trimmed.startsWith('/') || trimmed.startsWith('./')) return trimmed;
  return `./${trimmed.startsWith('~/') ? trimmed.slice(2) : trimmed}`;
}

/** For people, with the home as `~`. */
export function showThere(path: string): string {
  if (path === '.') return '~';
  return path.startsWith('./') ? `~/${path.slice(2)}` : path;
}
