/** Save-to-visible times, the last 500. */
export interface Latencies {
  add(ms: number): void;
  summary(): { count: number; p50Ms: number; p95Ms: number };
}

const KEPT = 500;

export function createLatencies(): Latencies {
  const times: number[] = [];
  let count = 0;
  return {
    add(ms) {
      times[count % KEPT] = ms;
      count++;
    },
    summary() {
      const sorted = [...times].sort((a, b) => a - b);
      const at = (share: number) =>
        Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 10) / 10;
      return { count, p50Ms: at(0.5), p95Ms: at(0.95) };
    },
  };
}
