/**
 * The file of results: a block for each workload, which says when and of what it was measured. A run writes the blocks of
 * the workloads that it ran, and leaves the others as they are. Pure.
 *
 * @module
 */

export interface Block {
  /** Of the workload, as `npm run bench` takes it. */
  readonly name: string;
  /** Lines about when, what and where. */
  readonly about: readonly string[];
  /** In markdown, with head. */
  readonly table: string;
}

const HEADING = '## ';
const OLDER = 'measured earlier';

/** @param former the file as it is, maybe one whose rows all stand in one table */
export function mergeResults(
  former: string,
  blocks: readonly Block[],
  { head, order }: { readonly head: readonly string[]; readonly order: readonly string[] },
): string {
  const measured = new Set(blocks.flatMap(({ table }) => table.split('\n').map(workloadOf)));
  const textByName = new Map(
    [...splitBlocks(former)].map(([name, text]) => [name, withoutRows(text, measured)] as const).filter(hasRows),
  );
  for (const { name, about, table } of blocks)
    textByName.set(name, [...about.map((line) => `- ${line}`), '', table].join('\n'));
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  const parts = [...textByName]
    .toSorted(([a], [b]) => rank(a) - rank(b))
    .map(([name, text]) => `${HEADING}${name}\n\n${text}\n`);
  return ['# Results\n', `${head.join('\n')}\n`, ...parts].join('\n');
}

/** Text by heading. What a file without headings says is one block, save for its title. */
function splitBlocks(text: string): Map<string, string> {
  const textByName = new Map<string, string>();
  let name: string | undefined;
  let lines: string[] = [];
  const finish = (): void => {
    if (name !== undefined) textByName.set(name, lines.join('\n').trim());
    lines = [];
  };
  const hasHeadings = text.split('\n').some((line) => line.startsWith(HEADING));
  if (!hasHeadings) name = OLDER;
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) continue;
    if (line.startsWith(HEADING)) {
      finish();
      name = line.slice(HEADING.length).trim();
    } else lines.push(line);
  }
  finish();
  return textByName;
}

function withoutRows(text: string, workloads: ReadonlySet<string>): string {
  return text
    .split('\n')
    .filter((line) => isHead(line) || workloadOf(line) === '' || !workloads.has(workloadOf(line)))
    .join('\n');
}

function hasRows([, text]: readonly [string, string]): boolean {
  return text.split('\n').some((line) => workloadOf(line) !== '' && !isHead(line));
}

function isHead(line: string): boolean {
  return /^\| (workload|-+:?) \|/.test(line);
}

/** Its first cell; empty where the line is no row. */
function workloadOf(line: string): string {
  return /^\| ([^|]+?) \|/.exec(line)?.[1] ?? '';
}
