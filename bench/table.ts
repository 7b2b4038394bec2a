/**
 * The rows as one table in markdown.
 *
 * @module
 */
import type { Row } from './row.ts';
import { summarize } from './stats.ts';

const HEAD = ['workload', 'who', 'n', 'p50', 'p95', 'spread', 'ratio', 'bar', 'met'];

export function formatTable(rows: readonly Row[]): string {
  const lines = [HEAD, HEAD.map((_, i) => (i < 2 ? '---' : '---:')), ...rows.map(cells)];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function cells({ workload, subject, unit, samples, reference, bar }: Row): string[] {
  const { count, p50, p95, min, max } = summarize(samples);
  const show = (value: number): string => `${round(value)} ${unit}`;
  return [
    workload,
    subject,
    String(count),
    show(p50),
    count < 3 ? '' : show(p95),
    count < 2 ? '' : `${round(min)}–${round(max)}`,
    reference === undefined ? '' : `${round(p50 / summarize(reference).p50)}×`,
    bar?.text ?? '',
    bar === undefined ? '' : bar.met ? 'yes' : '**no**',
  ];
}

/** Three digits that mean something. */
function round(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}
