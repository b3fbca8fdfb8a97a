/** Numbers of one choice. */
export interface Range<T> {
  readonly of: T
  /** Below 0 where there is none. */
  readonly from: number
  readonly to: number
}

export function chosenOf<T>(ranges: readonly Range<T>[], number: number): T | undefined {
  return ranges.find(({ from, to }) => number >= from && number <= to)?.of
}

/** Each in a line: `Control: 1 to 5000`. */
export function rangesInWords<T>(ranges: readonly Range<T>[], nameOf: (choice: T) => string): string[] {
  return ranges.map(({ of, from, to }) => `${nameOf(of)}: ${from < 0 ? 'none' : `${from} to ${to}`}`)
}
