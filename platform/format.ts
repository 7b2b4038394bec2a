/**
 * Numbers, times and tables as a person reads them. Pure.
 *
 * @module
 */

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

export function formatMs(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  return ms < 999.5 ? `${Math.round(ms)} ms` : formatDuration(ms);
}

/** One unit, the largest that fits: `40 s`, `3 h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  if (seconds < 99 * 60) return `${Math.round(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** Columns two blanks apart, the last one as wide as it likes. Cells may hold colours. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const cellWidths = rows.map((row) => row.map(widthOf));
  const widths: number[] = [];
  for (const row of cellWidths) {
    row.forEach((width, i) => {
      widths[i] = Math.max(widths[i] ?? 0, width);
    });
  }
  const blanks = (row: number, i: number): string => ' '.repeat((widths[i] ?? 0) - (cellWidths[row]?.[i] ?? 0));
  return rows.map((row, at) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell + blanks(at, i)))
      .join('  ')
      .trimEnd(),
  );
}

/** Characters without the control sequences that colours are. */
function widthOf(text: string): number {
  return [...text.replace(/\u001b\[[0-9;]*m/g, '')].length;
}
