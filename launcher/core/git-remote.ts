/**
 * Git remotes as names of projects: the same repository has one name on every host, however it was cloned.
 *
 * @module
 */

/** `github.com/acme/web`, from any form of URL that git takes; undefined for a path on this machine. */
export function normalizeRemote(url: string): string | undefined {
  const [, scheme = '', rest = url.trim()] = /^([a-z+]+):\/\/(.*)$/i.exec(url.trim()) ?? [];
  if (scheme.toLowerCase() === 'file') return undefined;
  // `git@host:path` without a scheme; a one-letter host would be a drive.
  const scp = scheme === '' ? /^(?:[^@/\s]+@)?([^/:\s]{2,}):(?!\/\/)(.+)$/.exec(rest) : null;
  const [host = '', path = ''] =
    scp === null ? splitAt(rest.replace(/^[^@/]*@/, ''), rest.replace(/^[^@/]*@/, '').indexOf('/')) : [scp[1], scp[2]];
  if (scheme === '' && scp === null) return undefined;
  const name = path
    .replace(/[?#].*$/, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
    .replace(/\.git$/i, '');
  const plainHost = host
    .replace(/:\d*$/, '')
    .replace(/^ssh\.(github\.com)$|^(?:altssh)\.(.+)$/i, '$1$2')
    .toLowerCase();
  if (plainHost === '' || name === '' || name.split('/').includes('..')) return undefined;
  // These hosts know no case; of others one cannot tell.
  const knowsNoCase = /^(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)$/.test(plainHost);
  return `${plainHost}/${knowsNoCase ? name.toLowerCase() : name}`;
}

/** The URL of `origin`, else of the first remote, in a `.git/config`. */
export function remoteInConfig(config: string): string | undefined {
  const urls = new Map<string, string>();
  let remote: string | undefined;
  for (const line of config.split('\n')) {
    const [, section] = /^\s*\[(.*)\]\s*$/.exec(line) ?? [];
    if (section !== undefined) remote = /^remote\s+"(.+)"$/.exec(section)?.[1];
    const [, url] = /^\s*url\s*=\s*"?([^"]+?)"?\s*$/.exec(line) ?? [];
    if (remote !== undefined && url !== undefined && !urls.has(remote)) urls.set(remote, url);
  }
  return urls.get('origin') ?? urls.values().next().value;
}

function splitAt(text: string, at: number): [string, string] {
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
