/**
 * Carries out a plan.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Build } from './build.ts'
import type { ChaosEvent } from './event.ts'
import { faultOf } from './fault.ts'
import { type Episode, planEpisodes, type PlannedFault } from './plan.ts'
import { createRandom } from './random.ts'
import type { TopologyName } from './topology.ts'
import { startWorld, type World } from './world.ts'

export interface ChaosOptions {
  readonly seed: number
  /** How long new episodes begin, or how many there are. */
  readonly lasts: { readonly ms: number } | { readonly episodes: number }
  readonly topology: TopologyName
  /** How long everything may take to be well again, in milliseconds. */
  readonly boundMs: number
  readonly build: Build
  /** @default 3 */
  readonly hubs?: number
  /** @default 4 */
  readonly apps?: number
  /** @default 5 */
  readonly clientsPerApp?: number
  /** Told what happens, for people. */
  readonly tell?: Tell
}

type Tell = (line: string) => void

/**
 * @returns What happened.
 * @throws When the system did not come up before anything was broken.
 */
export async function runChaos(options: ChaosOptions): Promise<readonly ChaosEvent[]> {
  const { build, seed, lasts, topology, boundMs, tell = () => {} } = options
  const { hubs = 3, apps = 4, clientsPerApp = 5 } = options
  const random = createRandom(seed)
  const size = { hubs, apps, clientsPerApp, hasFme: true }
  const world = await startWorld({ topology, build, random: random.fork(), ...size })
  try {
    await world.up()
    const startedAt = performance.now()
    const goesOn = (episodes: number): boolean =>
      'ms' in lasts ? performance.now() - startedAt < lasts.ms : episodes < lasts.episodes
    const episodes = planEpisodes(topology, random)
    for (let number = 1; goesOn(number - 1); number += 1) {
      const episode = episodes.next().value
      tell(`${number}: ${episode.faults.map(({ kind, lastsMs }) => `${kind} ${lastsMs} ms`).join(', ')}`)
      await live(world, episode, tell)
      tell(await settle(world, boundMs))
    }
  } finally {
    await world.close()
  }
  return world.history
}

/** One episode, until its last fault has ended. */
async function live(world: World, { faults, changes }: Episode, tell: Tell): Promise<void> {
  await Promise.all([
    ...faults.map((planned) => strike(world, planned, tell)),
    ...changes.map(async ({ afterMs, size }) => {
      await sleep(afterMs)
      world.change({ size })
    }),
  ])
}

async function strike(world: World, planned: PlannedFault, tell: Tell): Promise<void> {
  const { kind, afterMs, lastsMs, random } = planned
  await sleep(afterMs)
  const fault = { kind: 'fault', id: world.history.length, fault: kind } as const
  const at = Date.now()
  const { target, end } = await faultOf(kind)
    .begin(world, random)
    .catch((error: unknown) => ({
      // Redis may be in no state to be failed over, for example. While it tries it takes no writes all the same.
      target: `in vain: ${String(error)}`,
      end: async () => {},
    }))
  world.record({ ...fault, at, target, phase: 'begins' })
  await sleep(lastsMs)
  await end()
  // A fail-over that it has set off is a part of it. When that does not end, all has to get well without Redis, and the
  // verdict says that it did not.
  await world.topology.well().catch((error: unknown) => tell(`   Redis itself is not well: ${String(error)}`))
  world.record({ ...fault, at: Date.now(), target, phase: 'ends' })
}

/**
 * Waits until all is well, then makes one more change and waits for that. Waits longer than allowed: how long it took is
 * judged afterwards.
 */
async function settle(world: World, boundMs: number): Promise<string> {
  const startedAt = performance.now()
  const isWell = await world.decides(world.newest(), boundMs + 2000)
  const tookMs = Math.round(performance.now() - startedAt)
  const { serial } = world.change()
  const isStillWell = await world.decides(serial, boundMs + 2000)
  if (isWell && isStillWell) await world.look(boundMs)
  world.record({ kind: 'settled', at: Date.now(), serial, isWell: isWell && isStillWell })
  return isWell && isStillWell ? `   well after ${tookMs} ms` : '   NOT WELL'
}
