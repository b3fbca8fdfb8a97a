import { exponentOf, lastSlopeOf, type Point } from './growth.ts'
import { type Pair, type Spread, spreadOf } from './measure.ts'

/** What a row has to reach. */
export type Goal = { readonly atMost: number } | { readonly atLeast: number }

/** One line of the report: a figure, its floor, and what is held against the goal. */
export interface Row {
  /** Names it, also across runs. */
  readonly row: string
  readonly unit: string
  readonly figure: Spread
  readonly floor?: Spread
  /** What the floor is. */
  readonly floorIs: string
  /** What is held against the goal: a ratio, a difference or the figure itself. */
  readonly value: number
  /** `x` for a ratio, otherwise a unit. */
  readonly valueUnit: string
  /** Without one the row is context. */
  readonly goal?: Goal
  /** What the figure consists of, in its unit. */
  readonly parts?: Readonly<Record<string, number>>
}

/** A line of a chart: points that were measured. */
export interface Series {
  /** The chart that it belongs to. */
  readonly chart: 'latency' | 'swap' | 'campaigns' | 'environments'
  readonly name: string
  /** Drawn dashed. */
  readonly isFloor?: boolean
  readonly points: readonly Point[]
}

/** Where a figure tells what it has measured. */
export interface Report {
  row(row: Row): void
  series(series: Series): void
}

/** A group of rows that is measured together, named for `--only`. */
export interface Figure {
  readonly name: string
  /** It takes minutes: only who names it wants it. */
  readonly isLong?: boolean
  measure(report: Report): Promise<void>
}

interface Named {
  readonly row: string
  readonly floorIs: string
  readonly unit: string
  readonly goal?: Goal
  readonly parts?: Readonly<Record<string, number>>
}

/** The medians' ratio counts. */
export const ratioRow = (named: Named, { figure, floor }: Pair): Row => ({
  ...named,
  figure,
  floor,
  value: figure.p50 / floor.p50,
  valueUnit: 'x',
})

/** The difference of the medians counts. */
export const beyondRow = (named: Named, { figure, floor }: Pair): Row => ({
  ...named,
  figure,
  floor,
  value: figure.p50 - floor.p50,
  valueUnit: named.unit,
})

/** The exponent of the growth counts. Linear is good enough; and where a floor is there, what it grows by itself. */
export function growthRow(
  row: string,
  unit: string,
  points: readonly Point[],
  floor?: { readonly is: string; readonly points: readonly Point[] },
): Row {
  const ends = points.map(({ y }) => y)
  const floorExponent = floor === undefined ? 1 : exponentOf(floor.points)
  return {
    row,
    unit,
    floorIs: floor === undefined ? 'linear' : `${floor.is}: n^${floorExponent.toFixed(2)}`,
    figure: { ...spreadOf(ends.slice(-1)), min: ends[0] ?? NaN },
    value: exponentOf(points),
    valueUnit: 'exponent',
    goal: { atMost: Number((Math.max(1, floorExponent) + 0.1).toFixed(2)) },
    parts: { 'exponent of the last step': lastSlopeOf(points) },
  }
}

export function isMet({ goal, value }: Pick<Row, 'goal' | 'value'>): boolean | undefined {
  if (goal === undefined) return undefined
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast
}
