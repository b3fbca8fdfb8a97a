const WINDOW_MS = 60_000

/**
 * Gathers refusals into reports: the first at once, so that whoever tries a new secret sees it, and those of the
 * minute after it together, for as long as they go on. An hour of VWO's retries comes to 60 reports.
 *
 * @returns Counts one refusal.
 */
export function createRefusalReport(
  report: (environment: string, count: number) => void,
): (environment: string) => void {
  const waiting = new Map<string, number>()

  function openWindow(environment: string): void {
    waiting.set(environment, 0)
    // It keeps no process alive: what is still untold then is in the counts.
    setTimeout(() => closeWindow(environment), WINDOW_MS).unref()
  }

  function closeWindow(environment: string): void {
    const count = waiting.get(environment) ?? 0
    waiting.delete(environment)
    if (count === 0) return
    openWindow(environment)
    report(environment, count)
  }

  return (environment) => {
    const count = waiting.get(environment)
    if (count !== undefined) {
      waiting.set(environment, count + 1)
      return
    }
    openWindow(environment)
    report(environment, 1)
  }
}
