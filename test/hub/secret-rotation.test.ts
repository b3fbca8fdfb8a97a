import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  asUser,
  startRedisCluster,
  startRedisServer,
  startSentinelGroup,
  startVwoSimulator,
} from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startCli } from '../support/cli.ts'
import { openEnvironment } from '../support/environment.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'

const account = { accountId: 123456, sdkKey: 'the-new-sdk-key' }
const hubUser = { username: 'hub', password: 'the-old-password' }
const users = [`user hub on >${hubUser.password} ~* &* +@all`]

const cleanUps: (() => unknown)[] = []
afterAll(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp()
})

/** Files as Kubernetes mounts a Secret: links to another folder, which is replaced at once. */
async function mountSecrets(initial: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-secrets-'))
  cleanUps.push(() => rm(folder, { recursive: true }))
  let files = initial
  async function lay(): Promise<void> {
    const version = join(folder, `..${randomUUID()}`)
    await mkdir(version)
    for (const [name, content] of Object.entries(files)) await writeFile(join(version, name), content)
    await symlink(version, join(folder, '..new'))
    await rename(join(folder, '..new'), join(folder, '..data'))
  }
  await lay()
  for (const name of Object.keys(files)) await symlink(join('..data', name), join(folder, name))
  return {
    path: (name: string) => join(folder, name),
    async replace(changed: Record<string, string>) {
      files = { ...files, ...changed }
      await lay()
    },
  }
}

/** A hub with every secret in a file. */
async function startHub(secrets: Record<string, string>) {
  const redis = await startRedisServer({ users })
  cleanUps.push(redis.close)
  const vwo = await startVwoSimulator({
    ...account,
    settingsFile: settingsFile({ ...account, campaigns: [abTest('checkout')] }),
  })
  cleanUps.push(vwo.close)
  const mounted = await mountSecrets({
    redis: `${hubUser.password}\n`,
    key: account.sdkKey,
    webhooks: 'the-old-webhook-secret',
    token: 'the-old-admin-token',
    ...secrets,
  })
  const hub = startCli(['serve'], {
    env: {
      REDIS_URL: `redis://127.0.0.1:${redis.port}`,
      REDIS_USERNAME: hubUser.username,
      REDIS_PASSWORD_FILE: mounted.path('redis'),
      VWO_ENVIRONMENT: 'prod',
      VWO_ACCOUNT_ID: String(account.accountId),
      VWO_SDK_KEY_FILE: mounted.path('key'),
      VWO_WEBHOOK_SECRETS_FILE: mounted.path('webhooks'),
      VWO_BASE_URL: vwo.url,
      HUB_ADMIN_TOKEN_FILE: mounted.path('token'),
      HUB_HOST: '127.0.0.1',
      HUB_PORT: '0',
      HUB_ADMIN_PORT: '0',
    },
  })
  cleanUps.push(async () => {
    hub.signal('SIGKILL')
    await hub.ended
  })
  const publicUrl = await hub.printed(/"publicUrl":"([^"]+)"/)
  const adminUrl = await hub.printed(/"adminUrl":"([^"]+)"/)
  return {
    redis,
    hub,
    replace: mounted.replace,
    webhook: async (secret: string) =>
      (
        await fetch(`${publicUrl}/webhooks/prod`, {
          method: 'POST',
          headers: { 'x-vwo-auth': secret },
          body: '{}',
        })
      ).status,
    follow: async (token: string) =>
      await fetch(`${adminUrl}/v1/environments/prod/events`, {
        headers: { authorization: `Bearer ${token}` },
      }),
    ask: async (token: string) =>
      (await fetch(`${adminUrl}/v1/environments`, { headers: { authorization: `Bearer ${token}` } })).status,
    isReady: async () => (await fetch(`${adminUrl}/readyz`)).ok,
  }
}

const is =
  <T>(expected: T) =>
  (value: T) =>
    value === expected

/** Gives the user of the hub another password, and ends its connections. */
async function changePassword(url: string, password: string): Promise<void> {
  const owner = new Redis(url)
  await owner.acl('SETUSER', hubUser.username, 'resetpass', `>${password}`)
  await owner.client('KILL', 'USER', hubUser.username)
  owner.disconnect()
}

describe('a hub that has its secrets in files', () => {
  let started: Awaited<ReturnType<typeof startHub>>
  beforeAll(async () => {
    started = await startHub({ key: 'a-wrong-sdk-key' })
  })

  it('reads them at SIGHUP, also the sdkKey, and what cannot work is told and not taken', async () => {
    const { hub, replace, webhook, isReady } = started
    await hub.printed(/refresh failed/)
    await replace({ key: account.sdkKey, webhooks: '' })
    hub.signal('SIGHUP')
    await hub.printed(/secrets not read again; the ones before stay/)
    expect(hub.stdout()).toContain('VWO_WEBHOOK_SECRETS_FILE: expected a file with a secret in it')
    expect([await isReady(), await webhook('the-old-webhook-secret')]).toEqual([false, 200])
    await replace({ webhooks: 'the-old-webhook-secret' })
    hub.signal('SIGHUP')
    await until(isReady, is(true))
  })

  it('takes a new webhook secret and admin token from them while it runs, and tells neither', async () => {
    const { hub, replace, webhook, ask } = started
    expect([await webhook('the-old-webhook-secret'), await ask('the-old-admin-token')]).toEqual([200, 200])
    await replace({ webhooks: 'the-new-webhook-secret', token: 'the-new-admin-token' })
    await until(() => webhook('the-new-webhook-secret'), is(200))
    expect(await webhook('the-old-webhook-secret')).toBe(401)
    expect([await ask('the-old-admin-token'), await ask('the-new-admin-token')]).toEqual([401, 200])
    // The other time was at SIGHUP.
    await until(() => hub.stdout().match(/secrets read again/g)?.length ?? 0, is(2))
    expect(hub.stdout()).not.toMatch(/webhook-secret|admin-token|-password|-sdk-key/)
  })

  it('ends at once the streams of events that were opened with the admin token before', async () => {
    const { hub, replace, follow } = started
    // It is looked only every 15 seconds whether they may go on.
    const openedAt = performance.now()
    const stream = await follow('the-new-admin-token')
    await replace({ token: 'the-newest-admin-token' })
    hub.signal('SIGHUP')
    // Only a stream that has ended has a whole text.
    expect([stream.status, await stream.text()]).toEqual([200, expect.stringContaining('retry: ')])
    expect(performance.now() - openedAt).toBeLessThan(14_000)
  })

  it('comes back when they have the new password of Redis', async () => {
    const { redis, replace, webhook } = started
    await changePassword(redis.url, 'the-new-password')
    await until(() => webhook('the-new-webhook-secret'), is(503))
    await replace({ redis: 'the-new-password' })
    await until(() => webhook('the-new-webhook-secret'), is(200))
  })
})

it.each([
  ['one server', startRedisServer],
  ['a master that sentinels name', startSentinelGroup],
  ['a cluster', startRedisCluster],
])('a store of %s connects with the password that it was told last', async (_, start) => {
  const redis = await start({ users })
  onTestFinished(redis.close)
  const { handle, store } = await openEnvironment(asUser(redis.config, hubUser), 'prod')
  onTestFinished(store.close)
  const members = 'nodes' in redis ? redis.nodes : 'members' in redis ? redis.members : [redis]
  const owner =
    redis.config.kind === 'standalone'
      ? new URL(redis.config.url)
      : new URL(`redis://${redis.config.username}:${redis.config.password}@host`)
  for (const { host, port } of members)
    await changePassword(`redis://${owner.username}:${owner.password}@${host}:${port}`, 'the-new-password')
  const answers = () =>
    handle.read.status().then(
      () => true,
      () => false,
    )
  await until(answers, is(false))
  store.takeAccess(asUser(redis.config, { ...hubUser, password: 'the-new-password' }))
  await until(answers, is(true), 20_000)
})
