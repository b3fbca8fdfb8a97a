import type { ChaosEvent, EventOf } from '../event.ts'
import type { Violation } from './violation.ts'
import { eventsOf } from './windows.ts'

/** No process ends that nobody has ended, and none has to complain. */
export function checkProcesses(history: readonly ChaosEvent[]): Violation[] {
  const deaths = eventsOf(history, 'process').flatMap((event): Violation[] => {
    if (event.phase !== 'ends') return []
    const { at, process, how, ordered } = event
    if (ordered === undefined) return [{ invariant: 7, at, what: `${process} ended by itself: ${how}` }]
    // One that has not yet said anything has not begun: there is nothing to finish, and a signal just ends it.
    const isInOrder = ordered === 'SIGKILL' || how === 0 || (how === ordered && !hasBegun(event, history))
    return isInOrder ? [] : [{ invariant: 7, at, what: `${process} was to end in order, but: ${how}` }]
  })
  const complaints = eventsOf(history, 'complaint').map(({ at, process, text }) => ({
    invariant: 7,
    at,
    what: `${process} complained: ${text.trim().slice(0, 2000)}`,
  }))
  return [...deaths, ...complaints]
}

function hasBegun({ at, process }: EventOf<'process'>, history: readonly ChaosEvent[]): boolean {
  const started = eventsOf(history, 'process').findLast(
    (event) => event.process === process && event.phase === 'starts' && event.at <= at,
  )
  return eventsOf(history, 'log').some(
    (event) => event.process === process && event.at <= at && event.at >= (started?.at ?? 0),
  )
}
