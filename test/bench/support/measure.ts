/** Numbers of one series, in the unit that was measured. */
export interface Spread {
  readonly count: number
  readonly min: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
  return { count: sorted.length, min: at(0), p50: at(0.5), p99: at(0.99), max: at(1) }
}

/** A figure beside its floor, both measured in turns in the same run. */
export interface Pair {
  readonly figure: Spread
  readonly floor: Spread
  /** Of the medians. */
  readonly ratio: number
}

/**
 * Measures figure and floor in turns, so that a machine that becomes slower or faster changes both.
 *
 * @param rounds - Pairs that count.
 * @param warmUp - Pairs before them that do not.
 */
export async function inTurns(
  figure: () => number | Promise<number>,
  floor: () => number | Promise<number>,
  { rounds, warmUp = Math.ceil(rounds / 5) }: { readonly rounds: number; readonly warmUp?: number },
): Promise<Pair> {
  const figures: number[] = []
  const floors: number[] = []
  for (let round = -warmUp; round < rounds; round += 1) {
    // The order alternates, because what runs second finds warm caches.
    const isFigureFirst = round % 2 === 0
    const first = await (isFigureFirst ? figure : floor)()
    const second = await (isFigureFirst ? floor : figure)()
    if (round < 0) continue
    figures.push(isFigureFirst ? first : second)
    floors.push(isFigureFirst ? second : first)
  }
  return pairOf(figures, floors)
}

function pairOf(figures: readonly number[], floors: readonly number[]): Pair {
  const figure = spreadOf(figures)
  const floor = spreadOf(floors)
  return { figure, floor, ratio: figure.p50 / floor.p50 }
}

/** Milliseconds that a synchronous piece of work takes, per repetition. */
export function timeOf(work: () => void, repetitions = 1): number {
  const startedAt = performance.now()
  for (let index = 0; index < repetitions; index += 1) work()
  return (performance.now() - startedAt) / repetitions
}
