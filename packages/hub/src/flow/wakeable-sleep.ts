/** A sleep that can be ended. */
export interface WakeableSleep {
  /** Resolves after that many milliseconds, or as soon as {@link wake} is called; at once when it was, since {@link begin}. */
  sleep(ms: number): Promise<void>
  wake(): void
  /** What has woken before counts no more: it is about to be looked at. */
  begin(): void
}

export function createWakeableSleep(): WakeableSleep {
  let isWoken = false
  let end: () => void = () => {}
  return {
    sleep: (ms) =>
      new Promise((resolve) => {
        if (isWoken) {
          resolve()
          return
        }
        const timer = setTimeout(resolve, ms)
        end = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
    wake() {
      isWoken = true
      end()
    },
    begin() {
      isWoken = false
    },
  }
}
