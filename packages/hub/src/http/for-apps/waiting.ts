/** Requests that wait for something to happen. */
export interface Waiting {
  /**
   * @param isOver - Whether it has happened; asked at once, and whenever `watch` calls back.
   * @param gone - Aborted when the caller has left.
   * @returns Resolves when it has happened, when the time is over, when the caller is gone, or when the listener closes.
   */
  until(
    isOver: () => boolean,
    watch: (listener: () => void) => () => void,
    limits: { readonly waitMs: number; readonly gone: AbortSignal },
  ): Promise<void>
  /** Ends all of it; nothing waits any more. */
  close(): void
}

export function createWaiting(): Waiting {
  const ends = new Set<() => void>()
  let isClosing = false
  return {
    until(isOver, watch, { waitMs, gone }) {
      if (isClosing || waitMs === 0 || gone.aborted || isOver()) return Promise.resolve()
      return new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer)
          unwatch()
          gone.removeEventListener('abort', end)
          ends.delete(end)
          resolve()
        }
        const timer = setTimeout(end, waitMs)
        const unwatch = watch(() => {
          if (isOver()) end()
        })
        gone.addEventListener('abort', end)
        ends.add(end)
      })
    },
    close() {
      isClosing = true
      for (const end of [...ends]) end()
    },
  }
}
