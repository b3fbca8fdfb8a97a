/**
 * What others mean to do to us: VWO by what it answers, an app by what its user of Redis may write.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { everywhere, type Fault } from './fault-kind.ts'
import { startHostileApp } from './hostile-app.ts'
import { hostileEdition } from './hostile-file.ts'

/** A body that compresses well and never ends. */
const endless = { kind: 'gzip-bomb', bytes: Number.MAX_SAFE_INTEGER, times: 1 } as const

const vwoHostile: Fault = {
  kind: 'VWO hostile',
  resource: 'settings',
  lastsMs: [500, 4000],
  topologies: everywhere,
  async begin(world, random) {
    const first = world.offer((serial, product) => hostileEdition(serial, random, product))
    const over = new AbortController()
    const { signal } = over
    const clears: (() => void)[] = []
    async function goOn(): Promise<void> {
      for (;;) {
        await sleep(100 * random.integer(2, 8), undefined, { signal }).catch(() => {})
        if (signal.aborted) return
        if (random.isChance(0.2)) clears.push(...world.vwos.map((vwo) => vwo.fault(endless)))
        else world.offer((serial, product) => hostileEdition(serial, random, product))
      }
    }
    const going = goOn()
    return {
      target: `edition ${first.serial} and later`,
      async end() {
        over.abort()
        await going
        for (const clear of clears) clear()
        world.change()
      },
    }
  },
}

const appHostile: Fault = {
  kind: 'app hostile',
  resource: 'reports',
  lastsMs: [500, 4000],
  topologies: everywhere,
  async begin({ topology, environments, record }, random) {
    const start = async (environment: string) =>
      await startHostileApp({
        environment,
        port: async () => (await topology.master(environment)).port,
        owner: topology.owner,
        random,
        complain: (text) => record({ kind: 'complaint', at: Date.now(), process: 'hostile app', text }),
      })
    const started = await Promise.allSettled(environments.map(start))
    const ends = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const end = async (): Promise<void> => void (await Promise.all(ends.map((one) => one())))
    const failed = started.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') {
      await end()
      throw failed.reason
    }
    return { target: `Redis, as a user of apps: ${environments.join(', ')}`, end }
  },
}

export const hostileFaults: readonly Fault[] = [vwoHostile, appHostile]
