/**
 * One zone: a VWO, a Redis, hubs as processes and an app, all of its own, as an operator of several has them.
 *
 * @module
 */
import { keysOf } from '@vwo-hub/protocol'
import { findFreePort, type RedisServer, startRedisServer, startVwoSimulator } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { type RunningCli, startCli } from '../support/cli.ts'
import { account, webhookSecret } from '../support/hub-config.ts'
import { running } from '../support/hubs.ts'
import { serveEnv } from '../support/serve-env.ts'
import { type NodeProcess, startNode } from '../support/nodes.ts'
import { until } from '../support/until.ts'

/** In every zone the same, so that alerts of one could hide those of another. */
const environment = 'prod'
export const campaigns = Array.from({ length: 10 }, (_, index) => `campaign-${index + 1}`)

export interface Zone {
  readonly name: string
  /** Where Prometheus finds its hubs. */
  readonly targets: readonly string[]
  readonly vwo: Awaited<ReturnType<typeof startVwoSimulator>>
  readonly server: RedisServer
  readonly redis: Redis
  readonly keys: ReturnType<typeof keysOf>
  /** Ends a hub as a crash does; its number from 0. */
  killHub(number: number): Promise<void>
  /** Starts it again, at the same address. */
  startHub(number: number): Promise<void>
  startApp(): void
  /** Ends the app in order. */
  closeApp(): Promise<void>
  close(): Promise<void>
}

export async function startZone(name: string, count: number): Promise<Zone> {
  const server = await startRedisServer({ args: ['--appendonly', 'yes'] })
  const vwo = await startVwoSimulator({ ...account, settingsFile: running(campaigns) })
  const redis = new Redis(server.url)
  redis.on('error', () => {})
  const ports: number[] = []
  const hubs: RunningCli[] = []
  let app: NodeProcess | undefined

  async function startHub(number: number): Promise<void> {
    const hub = startCli(['serve'], {
      env: {
        ...serveEnv({ redisUrl: server.url, vwoUrl: vwo.url, environment }),
        HUB_ADMIN_PORT: String((ports[number] ??= await findFreePort())),
      },
    })
    hubs[number] = hub
    const publicUrl = await hub.printed(/"publicUrl":"([^"]+)"/)
    vwo.announceTo({ url: `${publicUrl}/webhooks/${environment}`, secret: webhookSecret })
  }
  async function killHub(number: number): Promise<void> {
    hubs[number]?.signal('SIGKILL')
    await hubs[number]?.ended
  }
  async function closeApp(): Promise<void> {
    await app?.close()
    app = undefined
  }
  function startApp(): void {
    app ??= startNode({ redisUrl: server.url, environment })
  }

  for (let number = 0; number < count; number += 1) await startHub(number)
  const keys = keysOf(environment)
  await until(
    () => redis.exists(keys.settings),
    (exists) => exists === 1,
  )
  startApp()
  await until(
    () => redis.zcard(keys.nodes),
    (nodes) => nodes === 1,
  )
  return {
    name,
    targets: ports.map((port) => `127.0.0.1:${port}`),
    ...{ vwo, server, redis, keys, killHub, startHub, startApp, closeApp },
    async close() {
      await closeApp()
      await Promise.all(hubs.map((_, number) => killHub(number)))
      redis.disconnect()
      await vwo.close()
      await server.close()
    },
  }
}
