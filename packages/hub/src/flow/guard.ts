import type { Ending } from '../product/product.ts'

/** Fewer than this many running units may always end together. */
const FEWEST = 5

/** Whether valid settings-files are looked at before they are published, and how long a suspicious one waits. */
export interface GuardConfig {
  readonly isOn: boolean
  /** After this many milliseconds what is held back is released by itself. */
  readonly releaseAfterMs: number
}

export const DEFAULT_GUARD: GuardConfig = { isOn: true, releaseAfterMs: 300_000 }

/**
 * Finds what looks like an accident at VWO: more than half of what runs would end at once, and at least five.
 *
 * @param unit - What ends, in the singular: `campaign`.
 * @returns Why it is not published at once, in one line: `7 of 9 running campaigns would end: checkout-test, …`;
 *   undefined when there is nothing against publishing it.
 */
export function findSuspicion({ count, running, named }: Ending, unit: string): string | undefined {
  if (count < FEWEST || count <= running / 2) return undefined
  const more = count > named.length ? `, and ${count - named.length} more` : ''
  return `${count} of ${running} running ${unit}s would end: ${named.join(', ')}${more}`
}
