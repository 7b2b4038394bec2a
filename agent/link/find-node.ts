/**
 * Finding a Node.js on a host without its start-up files, which are what puts most of them on the PATH.
 *
 * @module
 */

/** Runs in whatever Node is found, so it is written for the oldest. Prints path, version and architecture. */
const CHECK_SOURCE = [
  "var v = process.versions.node.split('.'), c = process.argv[1], e = process.execPath;",
  'if (!(v[0] > 20 || (v[0] == 20 && v[1] >= 19))) process.exit(1);',
  // A shim (volta, asdf, mise) is another program that starts Node: slow, and dependent on the folder it is called in.
  "if (require('fs').realpathSync(c) === require('fs').realpathSync(e)) e = c;",
  "console.log([e, process.versions.node, process.arch].join('\\t'));",
].join(' ');

/** Folders that hold one folder per version, and where node is in each. */
const VERSION_FOLDERS = [
  ['"${NVM_DIR:-$HOME/.nvm}/versions/node"', 'bin/node'],
  ['"$HOME/.nvm/versions/node"', 'bin/node'],
  ['"${XDG_DATA_HOME:-$HOME/.local/share}/fnm/node-versions"', 'installation/bin/node'],
  ['"$HOME/.fnm/node-versions"', 'installation/bin/node'],
  ['"$HOME/Library/Application Support/fnm/node-versions"', 'installation/bin/node'],
  ['"${VOLTA_HOME:-$HOME/.volta}/tools/image/node"', 'bin/node'],
  ['"${ASDF_DATA_DIR:-$HOME/.asdf}/installs/nodejs"', 'bin/node'],
  ['"${MISE_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/mise}/installs/node"', 'bin/node'],
  ['"$HOME/.nodenv/versions"', 'bin/node'],
  ['"${N_PREFIX:-/usr/local}/n/versions/node"', 'bin/node'],
  ['"$HOME/n/n/versions/node"', 'bin/node'],
] as const;

/** Patterns; the shell leaves one that matches nothing as it is, and nothing is there. */
const PLACES = [
  '/opt/homebrew/bin/node',
  '/opt/homebrew/opt/node@*/bin/node',
  '/usr/local/bin/node',
  '/usr/local/opt/node@*/bin/node',
  '/home/linuxbrew/.linuxbrew/bin/node',
  '/usr/bin/node',
  '/usr/bin/nodejs',
  '/usr/local/node/bin/node',
  '/opt/node/bin/node',
  '/opt/local/bin/node',
  '/snap/bin/node',
  '"$HOME"/.local/bin/node',
  '"$HOME"/bin/node',
  '"$HOME"/n/bin/node',
] as const;

/**
 * Defines the sh function `find_node`: prints path, version and architecture, tab-separated, of the first Node.js
 * 20.19 or later; nothing where there is none.
 *
 * It looks on the PATH, at what dsync brought along (`$lib/node`), in the folders of version managers, newest first, and
 * where packages put it.
 */
export const FIND_NODE = `
node_versions() {
  ls -1 "$1" 2>/dev/null | sed 's/^v//' | grep '^[0-9]' | sort -t. -k1,1nr -k2,2nr -k3,3nr | while IFS= read -r v; do
    printf '%s\\n' "$1/v$v/$2" "$1/$v/$2"
  done
}
node_candidates() {
  command -v node
  node_versions "$lib/node" node
${VERSION_FOLDERS.map(([folder, node]) => `  node_versions ${folder} ${node}`).join('\n')}
  for place in ${PLACES.join(' ')}; do
    printf '%s\\n' "$place"
  done
}
find_node() {
  limit=
  if command -v timeout >/dev/null 2>&1; then limit='timeout 10'; fi
  node_candidates 2>/dev/null | while IFS= read -r candidate; do
    case $candidate in /*) ;; *) continue ;; esac
    if [ -f "$candidate" ] && [ -x "$candidate" ]; then
      $limit "$candidate" -e "${CHECK_SOURCE.replace(/["\\$`]/g, '\\$&')}" "$candidate" 2>/dev/null </dev/null && break
    fi
  done
}
`;
