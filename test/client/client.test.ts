import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import vwoSdk from 'vwo-node-sdk'
import { describe, expect, it, vi } from 'vitest'
import { createClient, type Client, type ClientError, type ClientOptions, type Update } from '@vwo-hub/client'
import { keysOf, sha256Of } from '@vwo-hub/protocol'
import { startRedisServer, type RedisServer } from '@vwo-hub/sandbox'
import { requestRefresh } from '../../packages/client/dist/receive/request-refresh.js'
import { createPublisher, type Publisher } from '../support/publisher.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

/** A settings-file that gives everybody the variation of this name. */
const everybodyGets = (variation: string, more: object = {}): string =>
  JSON.stringify({
    version: 1,
    accountId: 5,
    sdkKey: 'key-of-tests',
    campaigns: [
      {
        id: 1,
        key: 'checkout-test',
        type: 'VISUAL_AB',
        status: 'RUNNING',
        percentTraffic: 100,
        goals: [],
        segments: {},
        variations: [{ id: 1, name: variation, weight: 100, changes: {} }],
      },
    ],
    ...more,
  })

interface Followed {
  readonly vwo: Client
  readonly updates: Update[]
  readonly errors: ClientError[]
  readonly decision: () => string | null
}

/** Options with which every method answers at once. */
type Options = Partial<ClientOptions<object>>

async function setUp(options: Options & { on?: RedisServer } = {}) {
  const { on = server, ...own } = options
  const environment = `env-${randomUUID()}`
  const publisher: Publisher = await createPublisher(on.url, environment)
  cleanUps.push(publisher.close)
  const follow = (more: Options = {}): Followed => {
    const updates: Update[] = []
    const errors: ClientError[] = []
    const vwo = createClient({
      environment,
      redis: on.url,
      sdk: vwoSdk,
      launch: { isDevelopmentMode: true },
      ...own,
      ...more,
    })
    vwo.on('update', (update) => updates.push(update))
    vwo.on('error', (error) => errors.push(error))
    cleanUps.push(vwo.close)
    return {
      vwo,
      updates,
      errors,
      decision: () => vwo.getVariationName('checkout-test', 'user'),
    }
  }
  return { environment, keys: keysOf(environment), publisher, follow }
}

const decides = (followed: Followed, variation: string) =>
  until(followed.decision, (seen) => seen === variation)

describe('given settings in Redis', () => {
  it('is ready with them, and decides', async () => {
    const { publisher, follow } = await setUp()
    const revision = await publisher.publish(everybodyGets('A'))
    const app = follow()
    expect(await app.vwo.ready()).toEqual({ state: 'ready', revision, source: 'redis' })
    expect(app.decision()).toBe('A')
    expect(app.vwo.status.confirmedAt).toBeGreaterThan(0)
  })

  it('every client swaps to each update, and says what it did', async () => {
    const { publisher, follow } = await setUp()
    const first = await publisher.publish(everybodyGets('A'))
    const apps = [follow(), follow(), follow()]
    await Promise.all(apps.map(({ vwo }) => vwo.ready()))
    const second = await publisher.publish(everybodyGets('B'))
    await Promise.all(apps.map((app) => decides(app, 'B')))
    for (const { updates } of apps) {
      expect(updates.map(({ revision, previousRevision }) => [revision, previousRevision])).toEqual([
        [first, 0],
        [second, first],
      ])
      // Nobody has waited for the first.
      expect(updates[0]?.lagMs).toBeNull()
      expect(updates[1]?.lagMs).toBeGreaterThanOrEqual(0)
      expect(updates[1]?.swapMs).toBeGreaterThan(0)
    }
  })

  it('an update that came by message says what it changed; the first settings do not', async () => {
    const { publisher, follow } = await setUp({ checkIntervalMs: 60_000 })
    await publisher.publish(everybodyGets('A'))
    const app = follow()
    await app.vwo.ready()
    await until(
      () => publisher.redis.client('LIST'),
      (list) => /name=vwo-client:\S+ .* sub=1 /.test(String(list)),
    )
    await publisher.publish(everybodyGets('B'))
    await decides(app, 'B')
    expect(app.updates.map(({ summary }) => summary)).toEqual([undefined, 'published by a test'])
  })

  it('[invariant 3] settings that the SDK cannot use change nothing, and are told once', async () => {
    const { publisher, follow } = await setUp({ checkIntervalMs: 20 })
    const first = await publisher.publish(everybodyGets('A'))
    const app = follow()
    await app.vwo.ready()
    const broken = await publisher.publish('{"campaigns":[{"variations":[null]}]}')
    await until(
      () => app.errors.length,
      (count) => count > 0,
    )
    const next = await publisher.publish(everybodyGets('C'))
    await decides(app, 'C')
    expect(app.updates.map(({ revision }) => revision)).toEqual([first, next])
    expect(app.errors).toHaveLength(1)
    expect(app.errors[0]?.message).toContain(`revision ${broken}`)
    expect(app.errors[0]?.message).toContain(`Revision ${first} stays in use.`)
  })

  it('tells of a storage of the app that always fails once a minute, not with each decision, check or reason', async () => {
    const { publisher, follow } = await setUp({ checkIntervalMs: 20 })
    await publisher.publish(everybodyGets('A'))
    let calls = 0
    const userStorageService = {
      get: () => {
        calls += 1
        throw new Error(`no answer to call ${calls}`)
      },
      set: async () => Promise.reject(new Error('read-only')),
    }
    const app = follow({ launch: { isDevelopmentMode: true, userStorageService } })
    await app.vwo.ready()
    for (let n = 0; n < 3; n += 1) {
      const before = app.vwo.status.confirmedAt ?? 0
      await until(
        () => app.vwo.status.confirmedAt ?? 0,
        (confirmedAt) => confirmedAt > before,
      )
      expect(app.vwo.activate('checkout-test', 'user')).toBe('A')
    }
    const inAMinute = performance.now() + 60_001
    vi.spyOn(performance, 'now').mockReturnValue(inAMinute)
    expect(app.vwo.activate('checkout-test', 'user')).toBe('A')
    vi.restoreAllMocks()
    expect(app.errors.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'callback-failed: userStorageService.get of the launch options failed: no answer to call 1. Decisions go on.',
      'callback-failed: userStorageService.set of the launch options failed: read-only. Decisions go on.',
      `callback-failed: userStorageService.get of the launch options failed: no answer to call ${calls}. Decisions go on.`,
    ])
  })

  it('tells of one outage once, whatever reasons the attempts to connect fail for', async () => {
    let attempts = 0
    // In turn: ended, reset, and answered by something that is no Redis.
    const nobody = createTcpServer((socket) => {
      attempts += 1
      socket.on('error', () => {})
      if (attempts % 3 === 0) socket.end()
      else if (attempts % 3 === 1) socket.resetAndDestroy()
      else socket.end('-NOT a Redis\r\n')
    })
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve))
    cleanUps.push(() => nobody.close())
    const { port } = nobody.address() as AddressInfo
    const { follow } = await setUp({ redis: { host: '127.0.0.1', port } })
    const app = follow()
    await until(
      () => attempts,
      (count) => count > 6,
    )
    expect(app.errors.map(({ code }) => code)).toEqual(['redis-unreachable'])
  })

  it('[invariant 8] no error has the password anywhere in it', async () => {
    const { environment } = await setUp()
    const errors: ClientError[] = []
    const url = server.url.replace('redis://', 'redis://someone:the-secret-password@')
    const vwo = createClient({ environment, redis: url, sdk: vwoSdk })
    cleanUps.push(vwo.close)
    vwo.on('error', (error) => errors.push(error))
    await until(
      () => errors.length,
      (count) => count > 0,
    )
    expect(errors[0]?.message).toContain('WRONGPASS')
    expect(inspect(errors, { depth: Infinity, showHidden: true })).not.toContain('the-secret-password')
  })

  it('getAndUpdateSettingsFile asks for a refresh and answers with what came of it', async () => {
    const { publisher, follow, keys } = await setUp()
    await publisher.publish(everybodyGets('A'))
    const app = follow()
    await app.vwo.ready()
    const answer = app.vwo.getAndUpdateSettingsFile()
    await until(
      () => publisher.redis.get(keys.asks),
      (asks) => asks === '1',
    )
    await publisher.publish(everybodyGets('B'))
    expect(await answer).toMatchObject({ campaigns: [{ variations: [{ name: 'B' }] }] })
    expect(app.decision()).toBe('B')
  })
})

describe('given hubs of protocol 1, getAndUpdateSettingsFile asks as they do', () => {
  /** Publishes as such a hub does. */
  async function publishAsOld({ publisher, keys }: Awaited<ReturnType<typeof setUp>>, name: string) {
    const revision = await publisher.publish(everybodyGets(name))
    await publisher.redis.hdel(keys.meta, 'speaks')
    await publisher.redis.hdel(keys.refresh, 'answered', 'asking')
    return revision
  }

  it('at once, where nothing was published since by another one', async () => {
    const all = await setUp()
    await publishAsOld(all, 'A')
    const app = all.follow()
    await app.vwo.ready()
    const answer = app.vwo.getAndUpdateSettingsFile()
    await until(
      () => all.publisher.redis.hmget(all.keys.refresh, 'requested', 'completed'),
      ([requested, completed]) => requested !== completed,
    )
    await publishAsOld(all, 'B')
    expect(await answer).toMatchObject({ campaigns: [{ variations: [{ name: 'B' }] }] })
    expect(await all.publisher.redis.exists(all.keys.asks)).toBe(0)
  })

  it('after half of its time, where hubs have gone back to it', async () => {
    const all = await setUp()
    await all.publisher.publish(everybodyGets('A'))
    const app = all.follow()
    await app.vwo.ready()
    const answer = app.vwo.getAndUpdateSettingsFile()
    const { requested: before } = await all.publisher.redis.hgetall(all.keys.refresh)
    await until(
      () => all.publisher.redis.hget(all.keys.refresh, 'requested'),
      (requested) => requested !== before,
    )
    await publishAsOld(all, 'B')
    expect(await answer).toMatchObject({ campaigns: [{ variations: [{ name: 'B' }] }] })
  })

  it('where its user was given permissions for them', async () => {
    const all = await setUp()
    await all.publisher.publish(everybodyGets('A'))
    const grants = ['%R~vwo:*', `~${all.keys.refresh}`, '&vwo:*', '+@all']
    await all.publisher.redis.acl('SETUSER', all.environment, 'on', '>the-password', ...grants)
    const url = new URL(server.url)
    Object.assign(url, { username: all.environment, password: 'the-password' })
    const app = all.follow({ redis: url.href })
    await app.vwo.ready()
    const answer = app.vwo.getAndUpdateSettingsFile()
    await until(
      () => all.publisher.redis.hmget(all.keys.refresh, 'requested', 'completed'),
      ([requested, completed]) => requested !== completed,
    )
    await all.publisher.publish(everybodyGets('B'))
    expect(await answer).toMatchObject({ campaigns: [{ variations: [{ name: 'B' }] }] })
  })
})

describe('given Redis that has no settings of the environment', () => {
  it('says so once, and what comes from elsewhere is stale in time', async () => {
    const { publisher, follow, keys } = await setUp({ staleAfterMs: 100, checkIntervalMs: 20 })
    const app = follow({ initialSettings: everybodyGets('initial') })
    expect(await app.vwo.ready()).toMatchObject({
      state: 'ready',
      revision: 0,
      source: 'initial',
      reason: { code: 'settings-missing' },
    })
    await until(
      () => app.vwo.status.state,
      (state) => state === 'stale',
    )
    expect(app.vwo.status.confirmedAt).toBeNull()
    expect(app.errors.map(({ code }) => code)).toEqual(['settings-missing'])
    expect(app.errors[0]?.message).toContain(keys.meta)
    await publisher.publish(everybodyGets('A'))
    await decides(app, 'A')
    await until(
      () => app.vwo.status.confirmedAt,
      (at) => at !== null,
    )
    expect(app.vwo.status.state).toBe('ready')
  })

  it('is not confirmed by an older revision than the one in use', async () => {
    const { publisher, follow, keys } = await setUp({ staleAfterMs: 200, checkIntervalMs: 20 })
    const revision = await publisher.publish(everybodyGets('A'))
    const app = follow()
    await app.vwo.ready()
    await publisher.redis.hset(keys.meta, { revision: revision - 1 })
    await until(
      () => app.vwo.status.state,
      (state) => state === 'stale',
    )
    expect(app.decision()).toBe('A')
    await publisher.redis.hset(keys.meta, { revision })
    await until(
      () => app.vwo.status.state,
      (state) => state === 'ready',
    )
  })

  it('is told of at the first read, and ready says so, until there are settings', async () => {
    const { publisher, environment, follow } = await setUp({ checkIntervalMs: 60_000 })
    const app = follow()
    const early = await app.vwo.ready({ timeoutMs: 300 })
    expect(early).toMatchObject({ state: 'starting', source: null, reason: { code: 'settings-missing' } })
    expect(early.reason?.message).toContain(`Redis has no settings of "${environment}"`)
    expect(app.errors).toEqual([early.reason])
    const revision = await publisher.publish(everybodyGets('A'))
    expect(await app.vwo.ready()).toEqual({ state: 'ready', revision, source: 'redis' })
    expect(app.vwo.status.reason).toBeUndefined()
  })

  it('lets a limit for ready be as long as one likes', async () => {
    const { follow, publisher } = await setUp()
    const ready = follow().vwo.ready({ timeoutMs: Infinity })
    await publisher.publish(everybodyGets('A'))
    expect(await ready).toMatchObject({ state: 'ready' })
  })
})

describe('[invariant 7] getAndUpdateSettingsFile rejects with an error of the client', () => {
  /** The refusal of a client that has asked, and waits for a hub. */
  async function asked(vwo: Client, { publisher, keys }: Awaited<ReturnType<typeof setUp>>) {
    const refusal = vwo.getAndUpdateSettingsFile().catch((error: unknown) => error)
    await until(
      () => publisher.redis.get(keys.asks),
      (asks) => asks === '1',
    )
    return { refusal }
  }

  it('when it is closed meanwhile', async () => {
    const all = await setUp()
    await all.publisher.publish(everybodyGets('A'))
    const { vwo } = all.follow()
    await vwo.ready()
    const { refusal } = await asked(vwo, all)
    await vwo.close()
    expect(await refusal).toMatchObject({ name: 'ClientError', code: 'closed' })
  })

  it('when Redis refuses to be read after a hub has fetched', async () => {
    const all = await setUp()
    const grants = ['~vwo:*', '&vwo:*', '+@all']
    await all.publisher.redis.acl('SETUSER', all.environment, 'on', '>the-password', ...grants)
    const url = new URL(server.url)
    Object.assign(url, { username: all.environment, password: 'the-password' })
    await all.publisher.publish(everybodyGets('A'))
    const { vwo } = all.follow({ redis: url.href })
    await vwo.ready()
    const { refusal } = await asked(vwo, all)
    await all.publisher.redis.acl('SETUSER', all.environment, 'resetkeys', `~${all.keys.refresh}`)
    await all.publisher.redis.hset(all.keys.refresh, 'answered', 1)
    expect(await refusal).toMatchObject({
      name: 'ClientError',
      code: 'redis-forbidden',
      message: expect.stringContaining(all.keys.meta),
    })
  })

  it('when Redis refuses to tell whether a hub has fetched', async () => {
    const all = await setUp()
    await all.publisher.publish(everybodyGets('A'))
    const { meta, settings, asks } = all.keys
    const grants = [`~${meta}`, `~${settings}*`, `~${asks}`, '&vwo:*', '+@all']
    await all.publisher.redis.acl('SETUSER', all.environment, 'on', '>the-password', ...grants)
    const url = new URL(server.url)
    Object.assign(url, { username: all.environment, password: 'the-password' })
    const { vwo } = all.follow({ redis: url.href })
    await vwo.ready()
    await expect(vwo.getAndUpdateSettingsFile()).rejects.toMatchObject({
      code: 'redis-forbidden',
      message: expect.stringContaining(all.keys.refresh),
    })
  })

  it('when what a hub has fetched cannot be used', async () => {
    const all = await setUp()
    const revision = await all.publisher.publish(everybodyGets('A'))
    const { vwo, errors } = all.follow()
    await vwo.ready()
    const { refusal } = await asked(vwo, all)
    const other = await all.publisher.publish('{}')
    await all.publisher.redis.hset(all.keys.refresh, 'answered', 1)
    expect(await refusal).toMatchObject({
      name: 'ClientError',
      code: 'settings-refused',
      message: expect.stringMatching(
        new RegExp(`^Cannot use revision ${other} of .* Revision ${revision} stays in use\\.$`),
      ) as string,
    })
    expect(errors.map(({ code }) => code)).toEqual(['settings-refused'])
    expect(vwo.status.revision).toBe(revision)
  })

  it('when what it needs is given to it neither as an app nor as a hub', async () => {
    const all = await setUp()
    await all.publisher.publish(everybodyGets('A'))
    const grants = ['%R~vwo:*', '&vwo:*', '+@all']
    await all.publisher.redis.acl('SETUSER', all.environment, 'on', '>the-password', ...grants)
    const url = new URL(server.url)
    Object.assign(url, { username: all.environment, password: 'the-password' })
    const { vwo } = all.follow({ redis: url.href })
    await vwo.ready()
    await expect(vwo.getAndUpdateSettingsFile()).rejects.toMatchObject({
      code: 'redis-forbidden',
      message: expect.stringContaining(all.keys.asks),
    })
  })

  it('when Redis is lost after a hub has fetched', async () => {
    const { publisher, keys } = await setUp()
    const redis = new Redis(server.url, { retryStrategy: null })
    await redis.hset(keys.refresh, 'answered', 1)
    const refreshed = requestRefresh({
      redis,
      keys,
      timeoutMs: 1000,
      signal: new AbortController().signal,
      read: async () => {
        redis.disconnect()
        await redis.hmget(keys.meta, 'revision')
      },
    })
    await expect(refreshed).rejects.toMatchObject({ name: 'ClientError', code: 'redis-unreachable' })
    expect(await publisher.redis.get(keys.asks)).toBe('1')
  })
})

describe('given a Redis that refuses subscriptions', () => {
  it('begins with what Redis has all the same, not with what is kept for want of it', async () => {
    const { publisher, environment, follow } = await setUp()
    await publisher.publish(everybodyGets('A'))
    const grants = ['~vwo:*', '&vwo:*', '+@all', '-subscribe']
    await publisher.redis.acl('SETUSER', environment, 'on', '>the-password', ...grants)
    const url = new URL(server.url)
    Object.assign(url, { username: environment, password: 'the-password' })
    const { vwo, updates, errors } = follow({ redis: url.href, initialSettings: everybodyGets('old') })
    expect(await vwo.ready()).toMatchObject({ source: 'redis' })
    await until(
      () => errors.length,
      (count) => count > 0,
    )
    expect(errors[0]).toMatchObject({ code: 'redis-forbidden' })
    expect(updates).toHaveLength(1)
  })
})

describe('given no Redis', () => {
  const nowhere = 'redis://127.0.0.1:1'

  it('[invariant 7] ready settles by its deadline, and decisions answer null or false', async () => {
    const { follow } = await setUp({ redis: nowhere })
    const app = follow()
    expect(await app.vwo.ready({ timeoutMs: 50 })).toMatchObject({
      state: 'starting',
      revision: 0,
      source: null,
    })
    expect(app.decision()).toBeNull()
    expect(app.vwo.activate('checkout-test', 'user')).toBeNull()
    expect(app.vwo.isFeatureEnabled('feature', 'user')).toBe(false)
    expect(app.vwo.getFeatureVariableValue('feature', 'price', 'user')).toBeNull()
    expect(app.vwo.track('checkout-test', 'user', 'goal')).toBeNull()
    expect(app.vwo.push('tag', 'value', 'user')).toBe(false)
    expect(await app.vwo.flushEvents()).toMatchObject({ status: false })
    await expect(app.vwo.getAndUpdateSettingsFile()).rejects.toMatchObject({ code: 'redis-unreachable' })
    await until(
      () => app.errors.map(({ code }) => code),
      (codes) => codes.includes('redis-unreachable'),
    )
  })

  it('[invariant 10] decides from the cache file, then goes on with Redis when it is there', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'vwo-hub-client-'))
    cleanUps.push(() => rm(directory, { recursive: true }))
    const cacheFile = join(directory, 'vwo.json')
    const own = await startRedisServer()
    cleanUps.push(own.close)
    const { publisher, follow } = await setUp({ on: own, cacheFile })
    const revision = await publisher.publish(everybodyGets('A'))
    const before = follow()
    await decides(before, 'A')
    await until(() => readFile(cacheFile, 'utf8').catch(() => ''), Boolean)
    await before.vwo.close()
    await own.kill()

    const after = follow()
    expect(await after.vwo.ready()).toMatchObject({
      state: 'ready',
      revision,
      source: 'cache',
      reason: { code: 'redis-unreachable' },
    })
    expect(after.decision()).toBe('A')
    await own.restart()
    await until(
      () => publisher.publish(everybodyGets('B')).catch(() => 0),
      (published) => published > 0,
    )
    await decides(after, 'B')
    expect(after.vwo.status.source).toBe('redis')
  })

  it('decides from initial settings where nothing else has any, and everything is newer than they are', async () => {
    const own = await startRedisServer()
    cleanUps.push(own.close)
    const { publisher, follow } = await setUp({ on: own, initialSettings: everybodyGets('initial') })
    await own.kill()
    const app = follow()
    expect(await app.vwo.ready()).toMatchObject({
      state: 'ready',
      revision: 0,
      source: 'initial',
      reason: { code: 'redis-unreachable' },
    })
    expect(app.decision()).toBe('initial')
    await own.restart()
    await until(
      () => publisher.publish(everybodyGets('A')).catch(() => 0),
      (published) => published > 0,
    )
    await decides(app, 'A')
  })

  it('asks the hub before it reads the cache file, with its token', async () => {
    const text = everybodyGets('from the hub')
    const seen: (string | undefined)[] = []
    const hub = createServer((request, response) => {
      seen.push(request.url, request.headers.authorization)
      response
        .setHeader('etag', `"${sha256Of(text)}"`)
        .setHeader('vwo-hub-revision', '1700000000000')
        .end(text)
    })
    await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
    cleanUps.push(() => hub.close())
    const { port } = hub.address() as AddressInfo
    const { follow, environment } = await setUp({
      redis: nowhere,
      hub: { url: `http://127.0.0.1:${port}`, token: 'token' },
      cacheFile: '/nonexistent/vwo.json',
    })
    const app = follow()
    expect(await app.vwo.ready()).toMatchObject({
      state: 'ready',
      revision: 1_700_000_000_000,
      source: 'hub',
    })
    expect(app.decision()).toBe('from the hub')
    // On a slow machine its answer can take longer than it is waited for, and it is asked again.
    expect(seen.slice(0, 2)).toEqual([
      `/v1/environments/${environment}/settings?after=0&waitMs=0`,
      'Bearer token',
    ])
  })

  it('takes nothing from a hub whose checksum is of something else', async () => {
    const hub = createServer((_request, response) => {
      response
        .setHeader('etag', `"${sha256Of(everybodyGets('what was meant'))}"`)
        .setHeader('vwo-hub-revision', '1700000000000')
        .end(everybodyGets('what has come'))
    })
    await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
    cleanUps.push(() => hub.close())
    const { port } = hub.address() as AddressInfo
    const { follow } = await setUp({
      redis: nowhere,
      hub: { url: `http://127.0.0.1:${port}` },
      initialSettings: everybodyGets('initial'),
    })
    const app = follow()
    expect(await app.vwo.ready()).toMatchObject({ source: 'initial' })
    expect(app.decision()).toBe('initial')
    expect(app.errors.find(({ code }) => code === 'hub-unreachable')?.message).toContain(
      'the checksum does not match the content',
    )
  })

  it('[invariant 10] is stale when nothing confirms the settings, decides all the same, and is ready again when something does', async () => {
    const own = await startRedisServer()
    cleanUps.push(own.close)
    const { publisher, follow } = await setUp({ on: own, staleAfterMs: 300, checkIntervalMs: 50 })
    await publisher.publish(everybodyGets('A'))
    const app = follow()
    await app.vwo.ready()
    const states: string[] = []
    app.vwo.on('stale', ({ state }) => states.push(state))
    app.vwo.on('ready', ({ state }) => states.push(state))
    own.freeze()
    await until(
      () => app.vwo.status.state,
      (state) => state === 'stale',
    )
    expect(app.decision()).toBe('A')
    own.thaw()
    await until(
      () => app.vwo.status.state,
      (state) => state === 'ready',
    )
    expect(states).toEqual(['ready', 'stale', 'ready'])
  })

  it('[invariant 7] survives a log that throws', async () => {
    const { follow } = await setUp({ redis: 'redis://127.0.0.1:1' })
    const warn = vi.fn(() => {
      throw new Error('the log is full')
    })
    const { errors } = follow({ log: { warn } })
    await until(
      () => errors.length,
      (count) => count > 0,
    )
    expect(warn).toHaveBeenCalled()
  })
})

describe('given a client that is closed', () => {
  it('[invariant 7] keeps deciding, leaves no connection, timer or pending promise, and is closed once', async () => {
    const { publisher, follow } = await setUp()
    await publisher.publish(everybodyGets('A'))
    const resources = (kind: string) =>
      process.getActiveResourcesInfo().filter((other) => other === kind).length
    const kinds = ['TCPSocketWrap', 'TCPWrap', 'Timeout', 'FSReqPromise']
    const before = kinds.map(resources)
    const app = follow()
    await app.vwo.ready()
    expect(await publisher.redis.client('LIST')).toContain('vwo-client')
    await Promise.all([app.vwo.close(), app.vwo.close()])
    expect(app.vwo.status.state).toBe('closed')
    expect(app.decision()).toBe('A')
    await expect(app.vwo.getAndUpdateSettingsFile()).rejects.toMatchObject({ code: 'closed' })
    await until(
      () => kinds.map(resources),
      (now) => now.every((count, index) => count <= (before[index] ?? 0)),
    )
    await until(
      () => publisher.redis.client('LIST'),
      (connections) => !String(connections).includes('vwo-client'),
    )
  })
})
