import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { keysOf } from '@vwo-hub/protocol'
import type { EnvironmentConfig, HubConfig } from '@vwo-hub/hub'
import { startVwoSimulator } from '@vwo-hub/sandbox'
import type { Judging } from '../../packages/hub/dist/product/product.js'
import { type Acts, createActs } from '../../packages/hub/dist/operate/acts.js'
import { openEnvironment } from './environment.ts'
import {
  account,
  createSilentHub,
  environmentConfig,
  hubConfig,
  sharedJudging,
  webhookSecret,
} from './hub-config.ts'
import { abTest, settingsFile } from './settings-file.ts'
import { until } from './until.ts'

/** A settings-file with these campaigns, all of this traffic. */
export const running = (keys: readonly string[], percentTraffic = 100) =>
  settingsFile({ ...account, campaigns: keys.map((key) => abTest(key, { percentTraffic })) })

/** A hub that has an environment, to which others publish, from Redis alone. @returns The address of its revisions. */
export async function startLookingHub(url: string, environment: string, judging?: Judging) {
  const hub = createSilentHub(
    hubConfig({
      redis: { kind: 'standalone', url },
      environments: [environmentConfig({ name: environment })],
    }),
    judging,
  )
  const { adminUrl } = await hub.start()
  const revisions = `${adminUrl}/v1/environments/${environment}/revisions`
  await until(
    async () => (await fetch(revisions)).status,
    (status) => status === 200,
  )
  return { revisions, close: hub.close }
}

/** One environment with a VWO, hubs in this process, and an operator beside them. */
export async function startHubs(options: {
  readonly url: string
  readonly hubs?: number
  readonly settings?: object
  readonly environment?: Partial<EnvironmentConfig>
  readonly config?: Partial<HubConfig>
  /** What judges for them. Default: shared by all hubs of the process that may share it. */
  readonly judging?: Judging
}) {
  const { url, hubs: count = 1, settings = running(['checkout-test']) } = options
  const environment = options.environment?.name ?? `env-${randomUUID()}`
  const keys = keysOf(environment)
  const vwo = await startVwoSimulator({
    ...account,
    settingsFile: settings,
    retry: { minMs: 50, maxMs: 100 },
  })
  const redis = new Redis(url)
  redis.on('error', () => {})
  const operator = await openEnvironment(url, environment)
  const { handle } = operator
  const acts: Acts = createActs(handle, sharedJudging)
  const config = hubConfig({
    redis: { kind: 'standalone', url },
    environments: [environmentConfig({ name: environment, baseUrl: vwo.url, ...options.environment })],
    ...options.config,
  })
  const open: { close(): Promise<void> }[] = []
  const startHub = async () => {
    const hub = createSilentHub(config, options.judging)
    open.push(hub)
    const urls = await hub.start()
    vwo.announceTo({ url: `${urls.publicUrl}/webhooks/${environment}`, secret: webhookSecret })
    return { ...urls, close: hub.close }
  }
  const hubs = await Promise.all(Array.from({ length: count }, startHub))
  const [first] = hubs
  if (first === undefined) throw new Error('expected at least one hub')

  const meta = () => redis.hgetall(keys.meta)
  const refresh = () => redis.hgetall(keys.refresh)
  const audit = async () =>
    (await redis.xrange(keys.audit, '-', '+')).map(([, list]) => {
      const fields: Record<string, string> = {}
      for (let index = 0; index < list.length; index += 2) fields[list[index] ?? ''] = list[index + 1] ?? ''
      return fields
    })
  await until(refresh, ({ completed = '0', requested, owner }) => {
    return completed !== '0' && completed === requested && owner === undefined
  })
  return {
    config,
    environment,
    keys,
    vwo,
    redis,
    handle,
    acts,
    hubs,
    first,
    startHub,
    meta,
    refresh,
    audit,
    published: () => redis.get(keys.settings),
    /** The named events, the oldest first. */
    whats: async (...names: string[]) =>
      (await audit())
        .map(({ what = '' }) => what)
        .filter((what) => names.length === 0 || names.includes(what)),
    /** Waits until all tickets that there are now are done. */
    async settled() {
      const { requested = '0' } = await refresh()
      await until(refresh, ({ completed = '0' }) => Number(completed) >= Number(requested))
    },
    async close() {
      await Promise.all(open.map((hub) => hub.close()))
      await vwo.close()
      redis.disconnect()
      operator.store.close()
    },
  }
}

export type Hubs = Awaited<ReturnType<typeof startHubs>>
