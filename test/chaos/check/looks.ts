import type { ChaosEvent } from '../event.ts'
import type { Violation } from './violation.ts'
import { eventsOf } from './windows.ts'

/** Whoever looks when all is well sees how it is, whatever was written before. */
export function checkLooks(history: readonly ChaosEvent[]): Violation[] {
  return eventsOf(history, 'look')
    .filter(({ answer }) => answer !== 200)
    .map(({ at, hub, path, answer }) => ({
      invariant: 5,
      at,
      what: `${hub}, asked for ${path} when all was well: expected 200, got ${answer}`,
    }))
}
