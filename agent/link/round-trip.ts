/**
 * How long the way to the other host and back is, from answers of which many are late.
 *
 * @module
 */
export interface RoundTrip {
  /** 0 while it is not known. */
  readonly ms: number;
  answered(ms: number): void;
}

/** Of one ping each 3 s: a line that has become longer is known for what it is after a minute. */
const ANSWERS = 20;

/** The least of the last answers is the line's own; the rest is what either side was busy with. */
export function createRoundTrip(): RoundTrip {
  const answers: number[] = [];
  return {
    get ms() {
      return answers.length === 0 ? 0 : Math.min(...answers);
    },
    answered(ms) {
      answers.push(ms);
      if (answers.length > ANSWERS) answers.shift();
    },
  };
}
