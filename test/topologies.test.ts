import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import vwoSdk from 'vwo-node-sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { createClient, type Client, type ClientError } from '@vwo-hub/client'
import { keysOf } from '@vwo-hub/protocol'
import {
  asUser,
  clientOption,
  redisEnv,
  startRedisCluster,
  startRedisServer,
  startSentinelGroup,
  startVwoSimulator,
  type RedisSecurityOptions,
  type RedisUser,
} from '@vwo-hub/sandbox'
import type { RedisConfig } from '@vwo-hub/hub'
import { readRedisConfig } from '../packages/hub/dist/config/command-config.js'
import { aclLines, clientUser, hubUser, readerUser } from './support/acl-users.ts'
import { createCertificate } from './support/certificate.ts'
import { runCommand } from './support/cli.ts'
import {
  account,
  createSilentHub,
  environmentConfig,
  hubConfig,
  webhookSecret,
} from './support/hub-config.ts'
import { abTest, settingsFile } from './support/settings-file.ts'
import { until } from './support/until.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

/** A topology, and a master that goes away in it. */
interface Topology {
  readonly config: RedisConfig
  /** Another node takes over. */
  failOver?(key: string): Promise<unknown>
}

const topologies: Record<string, (security: RedisSecurityOptions) => Promise<Topology>> = {
  async standalone(security) {
    const server = await startRedisServer(security)
    cleanUps.push(server.close)
    return { config: server.config }
  },
  async sentinel(security) {
    const group = await startSentinelGroup(security)
    cleanUps.push(group.close)
    return { config: group.config, failOver: () => group.failOver() }
  },
  async cluster(security) {
    const cluster = await startRedisCluster({ ...security, replicas: 1 })
    cleanUps.push(cluster.close)
    return { config: cluster.config, failOver: (key) => cluster.failOver(key) }
  },
}

const everybodyGets = (name: string) =>
  settingsFile({
    ...account,
    campaigns: [abTest('checkout-test', { variations: [{ id: 1, name, weight: 100, changes: {} }] })],
  })

describe.each(Object.keys(topologies))(
  'given Redis as %s, with TLS and users who may do no more than they need',
  (name) => {
    it('[invariant 5] hub, clients and command line work, and go on after a fail-over', async () => {
      const security = { tls: await createCertificate(), users: await aclLines() }
      const { config, failOver } = (await topologies[name]?.(security)) ?? expect.fail('no such topology')
      const environment = `env-${randomUUID().slice(0, 8)}`
      const vwo = await startVwoSimulator({ ...account, settingsFile: everybodyGets('A') })
      cleanUps.push(vwo.close)
      const hub = createSilentHub(
        hubConfig({
          redis: asUser(config, hubUser),
          environments: [environmentConfig({ name: environment, baseUrl: vwo.url })],
        }),
      )
      cleanUps.push(hub.close)
      const { publicUrl, adminUrl } = await hub.start()
      vwo.announceTo({ url: `${publicUrl}/webhooks/${environment}`, secret: webhookSecret })
      await until(
        async () => (await fetch(`${adminUrl}/readyz`)).status,
        (status) => status === 200,
      )

      const errors: ClientError[] = []
      const startApp = (user: RedisUser, report: boolean): Client => {
        const app = createClient({
          environment,
          redis: clientOption(asUser(config, user)),
          sdk: vwoSdk,
          launch: { isDevelopmentMode: true },
          report,
        })
        app.on('error', (error) => errors.push(error))
        cleanUps.push(app.close)
        return app
      }
      const apps = [startApp(clientUser, true), startApp(readerUser, false)]
      const everywhere = (variation: string) =>
        until(
          () => apps.map((app) => app.getVariationName('checkout-test', 'user')),
          (seen) => seen.every((decision) => decision === variation),
          20_000,
        )
      await everywhere('A')
      await vwo.set(everybodyGets('B'))
      await everywhere('B')
      expect(errors).toEqual([])

      const [, reader] = apps
      await expect(reader?.getAndUpdateSettingsFile()).rejects.toMatchObject({
        code: 'redis-forbidden',
        message: expect.stringContaining(keysOf(environment).asks),
      })
      await apps[0]?.getAndUpdateSettingsFile()

      const directory = await mkdtemp(join(tmpdir(), 'vwo-hub-ca-'))
      cleanUps.push(() => rm(directory, { recursive: true }))
      const caFile = join(directory, 'ca.pem')
      await writeFile(caFile, security.tls.cert)
      const env = redisEnv(asUser(config, hubUser), caFile)
      expect(readRedisConfig(env, () => security.tls.cert).redis).toEqual(asUser(config, hubUser))
      // On a slow machine it may give up before a Cluster of TLS is ready for it.
      const status = await until(
        () => runCommand(['status', environment, '--json'], { env }),
        ({ stderr }) => stderr === '',
      )
      expect(JSON.parse(status.stdout)).toMatchObject({ environment, current: { trigger: 'webhook' } })

      if (failOver === undefined) return
      await failOver(keysOf(environment).meta)
      await vwo.set(everybodyGets('C'))
      await everywhere('C')
    })
  },
)
