/** What every workload is given. */
export interface Context {
  /** 1 for the numbers that count; less for a quick look, with smaller trees and fewer samples. */
  readonly scale: number;
  readonly note: (text: string) => void;
}

/** `full` at scale 1; never below `least`. */
export function scaled({ scale }: Context, full: number, least: number): number {
  return Math.max(least, Math.round(full * scale));
}
