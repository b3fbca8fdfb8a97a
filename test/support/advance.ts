import { vi } from 'vitest'

/**
 * Moves the fake clock, and has everything settle that needs no more than that. The event loop does not turn meanwhile: in a
 * turn of it, what earlier tests of this process have left behind could set timers on this clock, which are then counted.
 */
export async function advance(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms)
  // Ticks come when no promise has anything left to do.
  await new Promise<void>((resolve) => process.nextTick(resolve))
}
