/**
 * What goes wrong in a zone, and which alert has to say so.
 *
 * @module
 */
import { running } from '../support/hubs.ts'
import { campaigns, type Zone } from './zone.ts'

export interface Fault {
  /** The name of the zone, too. */
  readonly name: string
  /** The one alert that fires; undefined: nothing is wrong. */
  readonly alert?: string
  /** @default 1 */
  readonly hubs?: number
  begin?(zone: Zone): Promise<unknown>
  mend?(zone: Zone): Promise<unknown>
}

/** A node reports so often that it has not the newest revision, in milliseconds. */
const reportEveryMs = 10_000
let reporting: NodeJS.Timeout | undefined

export const faults: readonly Fault[] = [
  { name: 'well' },
  {
    name: 'one-of-two-hubs-killed',
    alert: 'VwoHubOneDown',
    hubs: 2,
    begin: (zone) => zone.killHub(1),
    mend: (zone) => zone.startHub(1),
  },
  {
    name: 'all-hubs-killed',
    alert: 'VwoHubDown',
    begin: (zone) => zone.killHub(0),
    mend: (zone) => zone.startHub(0),
  },
  {
    name: 'redis-killed',
    alert: 'VwoHubRedisDown',
    begin: ({ server }) => server.kill(),
    mend: ({ server }) => server.restart({ keepData: true }),
  },
  {
    name: 'redis-full',
    alert: 'VwoHubRedisTakesNoWrites',
    begin: ({ redis }) => redis.config('SET', 'maxmemory', '1'),
    mend: ({ redis }) => redis.config('SET', 'maxmemory', '0'),
  },
  {
    name: 'vwo-down',
    alert: 'VwoUnreachable',
    async begin({ vwo }) {
      vwo.fault({ kind: 'status', status: 503 })
      await vwo.set(running(campaigns, 50))
    },
    async mend({ vwo }) {
      vwo.clearFaults()
    },
  },
  {
    name: 'vwo-sends-nonsense',
    alert: 'VwoSettingsRefused',
    begin: ({ vwo }) => vwo.set('{"version":1,"campaigns":[null]}'),
    mend: ({ vwo }) => vwo.set(running(campaigns, 60)),
  },
  {
    name: 'nearly-all-ends',
    alert: 'VwoSettingsHeld',
    begin: ({ vwo }) => vwo.set(running(campaigns.slice(0, 2))),
    mend: ({ vwo }) => vwo.set(running(campaigns, 70)),
  },
  {
    name: 'an-app-stays-behind',
    alert: 'VwoNodesLagging',
    async begin({ vwo, redis, keys }) {
      const [old = ''] = await redis.hmget(keys.meta, 'revision')
      await vwo.set(running(campaigns, 80))
      const report = async (): Promise<void> => {
        const fields = { revision: old ?? '', state: 'ready', host: 'h', pid: '1', sdk: 's', client: 'c' }
        await redis.hset(keys.node('behind'), fields)
        await redis.zadd(keys.nodes, Date.now(), 'behind')
      }
      await report()
      reporting = setInterval(() => void report(), reportEveryMs)
    },
    async mend({ redis, keys }) {
      clearInterval(reporting)
      await redis.zrem(keys.nodes, 'behind')
      await redis.del(keys.node('behind'))
    },
  },
  {
    name: 'all-apps-gone',
    alert: 'VwoNodesGone',
    begin: (zone) => zone.closeApp(),
    async mend(zone) {
      zone.startApp()
    },
  },
]
