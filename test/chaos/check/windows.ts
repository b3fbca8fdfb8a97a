import type { ChaosEvent, EventOf } from '../event.ts'

/** A stretch of time, Unix milliseconds. */
export interface Window {
  readonly from: number
  readonly to: number
}

export const eventsOf = <Kind extends ChaosEvent['kind']>(
  history: readonly ChaosEvent[],
  kind: Kind,
): EventOf<Kind>[] => history.filter((event): event is EventOf<Kind> => event.kind === kind)

/** Faults with their beginning and their end. One that never ended lasts for ever. */
export function faultsIn(
  history: readonly ChaosEvent[],
): (Window & Pick<EventOf<'fault'>, 'fault' | 'target'>)[] {
  const all = eventsOf(history, 'fault')
  return all
    .filter(({ phase }) => phase === 'begins')
    .map(({ id, at, fault, target }) => ({
      fault,
      target,
      from: at,
      to: all.find((other) => other.id === id && other.phase === 'ends')?.at ?? Infinity,
    }))
}

/** From the moment that the system was up until it was ended. */
export function runOf(history: readonly ChaosEvent[]): Window {
  const run = eventsOf(history, 'run')
  return {
    from: run.find(({ phase }) => phase === 'up')?.at ?? Infinity,
    to: run.find(({ phase }) => phase === 'closing')?.at ?? history.at(-1)?.at ?? 0,
  }
}

/** When there was no fault while it ran. */
export function calmIn(history: readonly ChaosEvent[]): Window[] {
  const { from: up, to: closing } = runOf(history)
  const faults = faultsIn(history).sort((one, other) => one.from - other.from)
  const windows: Window[] = []
  let from = up
  for (const fault of faults) {
    if (fault.from > from) windows.push({ from, to: Math.min(fault.from, closing) })
    from = Math.max(from, fault.to)
  }
  if (from < closing) windows.push({ from, to: closing })
  return windows
}
