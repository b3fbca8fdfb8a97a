/** Numbers of one series, in the unit that was measured. */
export interface Spread {
  readonly count: number
  readonly min: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
  return { count: sorted.length, min: at(0), p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) }
}

/** A figure beside its floor, both measured in turns in the same run. */
export interface Pair {
  readonly figure: Spread
  readonly floor: Spread
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
  return { figure: spreadOf(figures), floor: spreadOf(floors) }
}

/** Milliseconds that a synchronous piece of work takes, per repetition. */
export function timeOf(work: () => void, repetitions = 1): number {
  const startedAt = performance.now()
  for (let index = 0; index < repetitions; index += 1) work()
  return (performance.now() - startedAt) / repetitions
}

/** Milliseconds that a piece of work takes until its promise has resolved. */
export async function timeOfAsync(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** Now, by the clock that all processes of this machine share: milliseconds since some moment, fractional. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6
