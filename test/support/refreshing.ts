import { randomUUID } from 'node:crypto'
import { afterEach } from 'vitest'
import type { RefreshCommands } from '../../packages/hub/dist/environment/refresh-commands.js'
import type { Log } from '../../packages/hub/dist/log/log.js'
import type { Accepted } from '../../packages/hub/dist/product/product.js'
import { type ClusterOfRefreshers, createFakeVwo, startRefreshers } from './refreshers.ts'
import { until } from './until.ts'

/** Hubs that refresh, for one file of tests; they end with each test, as does what is in `cleanUps`. */
export function refreshing(server: { readonly url: string }) {
  const open: ClusterOfRefreshers[] = []
  const cleanUps: (() => Promise<void>)[] = []

  afterEach(async () => {
    await Promise.all(open.splice(0).map((cluster) => cluster.close()))
    for (const cleanUp of cleanUps.splice(0)) await cleanUp()
  })

  async function setUp(
    options: {
      count?: number
      content?: string
      pollIntervalMs?: number
      wrap?: (refresh: RefreshCommands) => RefreshCommands
      judge?: (body: string) => Promise<Accepted>
      log?: Log
    } = {},
  ) {
    const vwo = createFakeVwo(options.content ?? 'A')
    const environment = `env-${randomUUID()}`
    const cluster = await startRefreshers({
      url: server.url,
      environment,
      vwo,
      recheckGapsMs: [],
      ...options,
    })
    open.push(cluster)
    const settings = () => cluster.observer.get(cluster.keys.settings)
    const refresh = () => cluster.observer.hgetall(cluster.keys.refresh)
    const isDone = async () => {
      const { requested, completed, owner } = await refresh()
      return requested === completed && owner === undefined
    }
    await until(settings, (text) => text === vwo.content)
    await until(isDone, Boolean)
    return {
      vwo,
      cluster,
      settings,
      refresh,
      isDone,
      environment,
      keys: cluster.keys,
      observer: cluster.observer,
    }
  }

  return { open, cleanUps, setUp }
}
