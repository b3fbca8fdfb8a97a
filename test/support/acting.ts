import type { RedisServer } from '@vwo-hub/sandbox'
import { type Hubs, running, startHubs } from './hubs.ts'
import { until } from './until.ts'

export const HOUR_MS = 3_600_000
export const ann = { as: 'ann', reason: 'checkout is broken' }

/** A settings-file that is told from others by its traffic. */
export const traffic = (percentTraffic: number) => running(['checkout-test'], percentTraffic)

/** An environment that hubs keep current, to act on. */
export function acting(server: RedisServer, cleanUps: (() => unknown)[]) {
  return async function setUp(
    options: Omit<Parameters<typeof startHubs>[0], 'url'> & { redis?: RedisServer } = {},
  ) {
    const { redis: own = server, ...rest } = options
    const hubs: Hubs = await startHubs({ url: own.url, settings: traffic(10), ...rest })
    cleanUps.push(hubs.close)
    const trafficNow = async () => /"percentTraffic":(\d+)/.exec((await hubs.published()) ?? '')?.[1]
    const revisionNow = async () => Number((await hubs.meta())['revision'])
    /** Changes it at VWO, and waits until that is published. */
    const publish = async (percentTraffic: number) => {
      await hubs.vwo.set(traffic(percentTraffic))
      await until(trafficNow, (seen) => seen === String(percentTraffic))
      await hubs.settled()
      return await revisionNow()
    }
    const rollback = async (name?: string, pinForMs = HOUR_MS) =>
      await hubs.acts.rollback(await hubs.acts.planRollback(name), { ...ann, pinForMs })
    const first = await revisionNow()
    return { ...hubs, firstRevision: first, trafficNow, revisionNow, publish, rollback }
  }
}
