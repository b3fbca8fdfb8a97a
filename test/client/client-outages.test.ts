import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { sha256Of } from '@vwo-hub/protocol'
import { startRedisServer } from '@vwo-hub/sandbox'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { decides, everybodyGets, following } from '../support/followed.ts'

const { server, cleanUps } = await redisForFile()
const { setUp } = following(server, cleanUps)

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
