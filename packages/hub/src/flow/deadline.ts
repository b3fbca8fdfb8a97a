/** Why a deadline has ended what it was for. */
export type Overdue = 'silent' | 'endless'

/** A deadline for silence, not for size; and one for the whole, far later. */
export interface Deadline {
  readonly signal: AbortSignal
  /** Undefined while there is time. */
  overdue(): Overdue | undefined
  /** Something has arrived: the silence begins anew. */
  heard(): void
  /** Ends the signal, for another reason. */
  abort(): void
  /** No timer is left. */
  end(): void
}

/** @param limits - In milliseconds. */
export function startDeadline(limits: { readonly silenceMs: number; readonly totalMs: number }): Deadline {
  const ending = new AbortController()
  let overdue: Overdue | undefined
  const giveUp = (why: Overdue): void => {
    overdue ??= why
    ending.abort()
  }
  const silence = setTimeout(() => giveUp('silent'), limits.silenceMs)
  const total = setTimeout(() => giveUp('endless'), limits.totalMs)
  return {
    signal: ending.signal,
    overdue: () => overdue,
    heard: () => void silence.refresh(),
    abort: () => ending.abort(),
    end() {
      clearTimeout(silence)
      clearTimeout(total)
    },
  }
}
