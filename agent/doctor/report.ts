/**
 * What `dsync doctor --json` prints, and one doctor reads of another.
 *
 * @module
 */
import * as z from 'zod';
import type { CheckResult } from './check.ts';
import { type Finding, isFindingCode } from './findings.ts';

const findingSchema = z.object({
  code: z.string(),
  level: z.enum(['error', 'warning']),
  host: z.string().optional().describe('absent: the host that the doctor ran on'),
  finding: z.string(),
  cause: z.string(),
  cure: z.string(),
  fixed: z.string().optional().describe('what --fix did'),
  fixable: z.boolean().default(false).describe('--fix would mend it'),
});

export const reportSchema = z.object({
  version: z.string(),
  ok: z.boolean().describe('nothing is to be mended; there may be warnings'),
  checks: z.array(z.object({ check: z.string(), ms: z.number(), details: z.array(z.string()) })),
  findings: z.array(findingSchema),
});
export type Report = z.infer<typeof reportSchema>;

export function reportOf(
  results: readonly CheckResult[],
  { version, fixed }: { readonly version: string; readonly fixed: ReadonlyMap<Finding, string> },
): Report {
  const findings = [...fixed.keys(), ...results.flatMap((result) => result.findings)];
  return {
    version,
    ok: !results.some((result) => result.findings.some(({ level }) => level === 'error')),
    checks: results.map(({ check, ms, details }) => ({ check, ms: Math.round(ms), details: [...details] })),
    findings: findings.map((finding) => {
      const { code, level, host, finding: text, cause, cure, fix } = finding;
      const done = fixed.get(finding);
      return {
        code,
        level,
        ...(host !== undefined && { host }),
        finding: text,
        cause,
        cure,
        ...(done !== undefined && { fixed: done }),
        fixable: fix !== undefined && done === undefined,
      };
    }),
  };
}

/** Undefined where it is no report. A finding that this version does not know is left out. */
export function parseReport(
  text: string,
): { readonly version: string; readonly findings: readonly Finding[] } | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = reportSchema.safeParse(raw);
  if (!parsed.success) return undefined;
  const { version, findings } = parsed.data;
  return {
    version,
    findings: findings.flatMap(({ code, level, finding, cause, cure }) =>
      isFindingCode(code) ? [{ code, level, host: undefined, finding, cause, cure }] : [],
    ),
  };
}
