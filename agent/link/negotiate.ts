/**
 * What two agents of different versions speak with each other. Pure.
 *
 * A change that an older agent can do without is a feature: it is used where both name it in their hello. A change that
 * it cannot do without is a new protocol number; an agent says the newest that it speaks and the oldest that it still does.
 *
 * @module
 */

/** What an agent says of itself. */
export interface Spoken {
  readonly protocol: number;
  /** An agent that does not say so speaks `protocol` alone. */
  readonly oldest?: number | undefined;
  readonly features: readonly string[];
}

export type Agreement =
  | { readonly kind: 'agreed'; readonly protocol: number; readonly features: ReadonlySet<string> }
  /** They have no protocol in common: this side is too old for the other one. */
  | { readonly kind: 'too-old'; readonly side: 'ours' | 'theirs' };

export function negotiate(ours: Spoken, theirs: Spoken): Agreement {
  const protocol = Math.min(ours.protocol, theirs.protocol);
  if (protocol < (ours.oldest ?? ours.protocol)) return { kind: 'too-old', side: 'theirs' };
  if (protocol < (theirs.oldest ?? theirs.protocol)) return { kind: 'too-old', side: 'ours' };
  const known = new Set(ours.features);
  return { kind: 'agreed', protocol, features: new Set(theirs.features.filter((feature) => known.has(feature))) };
}
