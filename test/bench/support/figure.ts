import type { Pair } from './measure.ts'

/** One line of the report: a figure over its floor. */
export interface Row {
  readonly row: string
  /** What the floor is. */
  readonly floor: string
  readonly unit: string
  /** The ratio that is wanted, at most. */
  readonly goal?: number
  readonly pair: Pair
}

/** A group of rows that is measured together, named for `--only`. */
export interface Figure {
  readonly name: string
  measure(report: (row: Row) => void): Promise<void>
}
