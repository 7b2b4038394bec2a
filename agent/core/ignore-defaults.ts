/**
 * What is ignored where nobody says otherwise: what tools build again from what is kept, and what editors, systems and
 * other version controls keep for themselves. Never what is merely secret: `.env` is what people want on both hosts.
 *
 * A rule in any `.dsyncignore` re-includes: `!dist/`.
 *
 * @module
 */

/**
 * In gitignore's form. Folders only, where a file of that name may well be someone's work (`build`, a script); and of
 * `target`, which is a word of the trade as well, only what cargo and maven put there.
 */
export const DEFAULT_IGNORES = `
# JavaScript
node_modules/
.pnpm-store/
.npm/
.next/
.nuxt/
.output/
.svelte-kit/
.astro/
.angular/
.docusaurus/
.vite/
.parcel-cache/
.turbo/
**/.nx/cache/
.expo/
.nyc_output/
.eslintcache
.stylelintcache
*.tsbuildinfo

# Python
__pycache__/
*.py[co]
.venv/
venv/
.tox/
.nox/
.eggs/
*.egg-info/
.mypy_cache/
.pytest_cache/
.ruff_cache/
.hypothesis/
.ipynb_checkpoints/
htmlcov/

# Build results and caches
dist/
build/
_build/
.build/
.cache/
.ccache/
.gradle/
.dart_tool/
.terraform/
.direnv/
.stack-work/
dist-newstyle/
elm-stuff/
zig-cache/
.zig-cache/
zig-out/
cmake-build-*/
CMakeFiles/
DerivedData/
**/target/debug/
**/target/release/
**/target/*/debug/
**/target/*/release/
**/target/doc/
**/target/tmp/
**/target/.rustc_info.json
**/target/CACHEDIR.TAG
**/target/classes/
**/target/test-classes/
**/target/generated-sources/
**/target/generated-test-sources/
**/target/maven-status/
**/target/maven-archiver/
**/target/surefire-reports/

# Editors: swap, backup and lock files, and what they write beside a file while they save it
.*.sw[a-px]
*~
.#*
\\#*#
4913
.~lock.*#
~$*
*.kate-swp
*___jb_tmp___
*___jb_old___
.goutputstream-*
**/.idea/workspace.xml
**/.idea/shelf/

# Systems
.DS_Store
._*
.AppleDouble/
.Spotlight-V100/
.Trashes/
.fseventsd/
.TemporaryItems/
.DocumentRevisions-V100/
Thumbs.db
desktop.ini
.nfs[0-9a-f]*
.fuse_hidden*
.Trash-*/

# Other version controls: their databases break when two hosts write them as files
.hg/
.svn/
.jj/
.bzr/
_darcs/
CVS/
`;
