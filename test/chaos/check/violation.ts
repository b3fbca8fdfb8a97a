/** Something that must not happen has happened. */
export interface Violation {
  /** The number of the invariant, as in the design. */
  readonly invariant: number
  readonly at: number
  readonly what: string
}
