/** Promises that resolve once a count has been reached. */
export interface Milestones {
  /** Call it after the count has risen. */
  readonly check: () => void
  readonly reached: (count: number) => Promise<void>
}

/**
 * @param current - The count now.
 */
export function createMilestones(current: () => number): Milestones {
  let waiting: { readonly count: number; readonly resolve: () => void }[] = []
  function check(): void {
    const due = waiting.filter(({ count }) => current() >= count)
    waiting = waiting.filter((entry) => !due.includes(entry))
    for (const { resolve } of due) resolve()
  }
  return {
    check,
    reached: async (count) => {
      await new Promise<void>((resolve) => {
        waiting.push({ count, resolve })
        check()
      })
    },
  }
}
