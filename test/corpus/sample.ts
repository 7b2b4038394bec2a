/** A small project of a real shape, and what is to be found in it. */
export interface Sample {
  readonly name: string;
  /** Content by path. */
  readonly files: Readonly<Record<string, string>>;
  /** The main one first. */
  readonly kinds: readonly string[];
  /** `name: command line`, the default first. */
  readonly commands: readonly string[];
  readonly members?: readonly string[];
  /** `file:line` of what cannot be used. */
  readonly faults?: readonly string[];
  readonly notes?: readonly string[];
}
