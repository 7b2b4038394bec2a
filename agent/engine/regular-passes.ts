/**
 * Passes that nobody asked for: events can be lost, and some folders have none.
 *
 * @module
 */
export interface RegularPasses {
  /** Events may have been lost: a pass follows once it is quiet again. */
  overflowed(): void;
  close(): void;
}

const OVERFLOW_QUIET_MS = 1000;
const AUDIT_MS = 3_600_000;
const UNWATCHED_MS = 30_000;

export function createRegularPasses({
  scan,
  hasUnwatched,
}: {
  readonly scan: () => void;
  /** Some folders have no watch, and no pass is under way. */
  readonly hasUnwatched: () => boolean;
}): RegularPasses {
  let verify: NodeJS.Timeout | undefined;
  const audit = setInterval(scan, AUDIT_MS);
  const unwatched = setInterval(() => {
    if (hasUnwatched()) scan();
  }, UNWATCHED_MS);
  for (const each of [audit, unwatched]) each.unref();
  return {
    overflowed() {
      clearTimeout(verify);
      verify = setTimeout(scan, OVERFLOW_QUIET_MS);
      verify.unref();
    },
    close() {
      clearTimeout(verify);
      clearInterval(audit);
      clearInterval(unwatched);
    },
  };
}
