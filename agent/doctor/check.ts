/**
 * Checks that run side by side, each with a deadline of its own. What one has found by then counts, also when the rest
 * of it never comes back.
 *
 * @module
 */
import { messageOf } from '../../platform/failure.ts';
import { type Finding, type FindingCode, type Found, findingOf } from './findings.ts';

/** What a check writes down as it goes. */
export interface Notes {
  /** Something worth knowing where all is well. */
  readonly detail: (text: string) => void;
  readonly finding: (code: FindingCode, text: string, found?: Found) => void;
  /** What another doctor found. */
  readonly add: (finding: Finding) => void;
}

export interface Check {
  readonly name: string;
  readonly deadlineMs: number;
  /** Aborts by the deadline at the latest. */
  readonly run: (notes: Notes, signal: AbortSignal) => void | Promise<void>;
}

export interface CheckResult {
  readonly check: string;
  readonly details: readonly string[];
  readonly findings: readonly Finding[];
  readonly ms: number;
}

/** Never rejects but for an abort. Results are in the order of the checks. */
export async function runChecks(
  checks: readonly Check[],
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly CheckResult[]> {
  return await Promise.all(checks.map((check) => runCheck(check, signal)));
}

async function runCheck(check: Check, signal: AbortSignal): Promise<CheckResult> {
  const start = performance.now();
  const details: string[] = [];
  const findings: Finding[] = [];
  let over = false;
  const notes: Notes = {
    detail: (text) => void (over || details.push(text)),
    finding: (code, text, found) => void (over || findings.push(findingOf(code, text, found))),
    add: (finding) => void (over || findings.push(finding)),
  };
  const limit = new AbortController();
  const late = new Error('late');
  const timer = setTimeout(() => {
    notes.finding('CHECK_LATE', `${check.name}: no end within ${check.deadlineMs / 1000} s`);
    over = true;
    limit.abort(late);
  }, check.deadlineMs);
  const both = AbortSignal.any([signal, limit.signal]);
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(both.reason);
    if (both.aborted) onAbort();
    else both.addEventListener('abort', onAbort, { once: true });
  });
  aborted.catch(() => {});
  try {
    await Promise.race([Promise.resolve().then(() => check.run(notes, both)), aborted]);
  } catch (error) {
    signal.throwIfAborted();
    notes.finding('CHECK_FAILED', `${check.name}: ${messageOf(error)}`);
  } finally {
    over = true;
    clearTimeout(timer);
    both.removeEventListener('abort', onAbort);
    // Whatever of it still runs learns that nobody waits.
    limit.abort(late);
  }
  return { check: check.name, details, findings, ms: performance.now() - start };
}
