import { setTimeout as delay } from 'node:timers/promises'
import { type Propagation, readNodes } from '../environment/nodes.ts'
import type { Reached } from './reach.ts'

/** How often the nodes are looked at while waiting, in milliseconds. */
const LOOK_MS = 250

/** The first look at which every node has the newest revision, or the last one before the time is over. */
export async function waitForNodes(reached: Reached, timeoutMs: number): Promise<Propagation> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const propagation = await readNodes(reached.redis, reached.environment, reached.prefix)
    if (isEverywhere(propagation) || performance.now() >= deadline) return propagation
    await delay(LOOK_MS)
  }
}

/** Nobody there is not everybody: that proves nothing. */
export function isEverywhere({ current, nodes }: Propagation): boolean {
  return nodes.length > 0 && current === nodes.length
}
