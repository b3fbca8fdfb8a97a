const WINDOW_MS = 60_000

/**
 * Gathers what others can cause as often as they like into reports: the first at once, so that whoever tries something
 * sees it, and those of the minute after it together, for as long as they go on. An hour of it comes to 60 reports.
 *
 * @returns Counts one, of a subject that is one of few: each is remembered for a minute.
 */
export function onceAMinute(report: (subject: string, count: number) => void): (subject: string) => void {
  const waiting = new Map<string, number>()

  function openWindow(subject: string): void {
    waiting.set(subject, 0)
    // It keeps no process alive: what is still untold then is in the counts.
    setTimeout(() => closeWindow(subject), WINDOW_MS).unref()
  }

  function closeWindow(subject: string): void {
    const count = waiting.get(subject) ?? 0
    waiting.delete(subject)
    if (count === 0) return
    openWindow(subject)
    report(subject, count)
  }

  return (subject) => {
    const count = waiting.get(subject)
    if (count !== undefined) {
      waiting.set(subject, count + 1)
      return
    }
    openWindow(subject)
    report(subject, 1)
  }
}
