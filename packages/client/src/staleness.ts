/** Whether anything has confirmed the settings in use lately. */
export interface Staleness {
  isStale(): boolean
  /** Begins anew the time after which settings that nothing confirms are stale. */
  confirmed(): void
  stop(): void
}

/** @param options.onChange - Called when settings become stale, and when they are confirmed again. */
export function createStaleness(options: {
  readonly staleAfterMs: number
  readonly onChange: (state: 'stale' | 'ready') => void
}): Staleness {
  const { staleAfterMs, onChange } = options
  let isStale = false
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  return {
    isStale: () => isStale,
    confirmed() {
      if (isStopped) return
      timer?.refresh()
      timer ??= setTimeout(() => {
        isStale = true
        onChange('stale')
      }, staleAfterMs)
      if (!isStale) return
      isStale = false
      onChange('ready')
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
