import type { AbsPath } from '../../platform/abs-path.ts';
import { FIND_NODE } from './find-node.ts';
import { quoteSh } from './remote-shell.ts';

/**
 * The sh script `lib/dsync`, which starts the current version: of `dsync`, or of the program by whose name it is called
 * through a link.
 *
 * It starts it under its own folder, not by the `current` link: parts that load late then come from the same version,
 * and the list of processes tells which versions are in use. If Node.js is gone from where it was (an upgrade by a
 * version manager), it is looked for again.
 */
export function launcherScript(lib: AbsPath, node: string): string {
  return `#!/bin/sh
# node: ${node}
lib=${quoteSh(lib)}
node=${quoteSh(node)}
unset NODE_OPTIONS NODE_PATH
PATH=\${PATH:-/usr/bin:/bin}
for folder in /opt/homebrew/bin /usr/local/bin /home/linuxbrew/.linuxbrew/bin /usr/bin /bin /opt/local/bin; do
  case :$PATH: in *:$folder:*) ;; *) PATH=$PATH:$folder ;; esac
done
export PATH
version=$(cd -P "$lib/current" && pwd -P) || exit 127
if [ ! -x "$node" ]; then
${FIND_NODE}
  node=$(find_node | cut -f 1)
  if [ -z "$node" ]; then
    echo 'dsync: Node.js 20.19 or later is needed and was not found' >&2
    exit 127
  fi
fi
program=\${0##*/}
[ -f "$version/dist/$program.js" ] || program=dsync
exec "$node" "$version/dist/$program.js" "$@"
`;
}
