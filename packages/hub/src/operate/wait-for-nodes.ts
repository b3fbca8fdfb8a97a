import { setTimeout as delay } from 'node:timers/promises'
import type { Propagation } from '../environment/read-nodes.ts'

/** How often the nodes are looked at while waiting, in milliseconds. */
const LOOK_MS = 250

/** The first look at which every node has the newest revision, or the last one before the time is over. */
export async function waitForNodes(
  read: () => Promise<Propagation>,
  timeoutMs: number,
): Promise<Propagation> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const propagation = await read()
    if (isEverywhere(propagation) || performance.now() >= deadline) return propagation
    await delay(LOOK_MS)
  }
}

/** Nobody there is not everybody, and neither are those of too many that are read: that proves nothing. */
export function isEverywhere({ current, total }: Propagation): boolean {
  return total > 0 && current === total
}
