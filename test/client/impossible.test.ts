/** What comes from elsewhere, was forged or damaged, and what a client does about it. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Redis } from 'ioredis'
import vwoSdk from 'vwo-node-sdk'
import { describe, expect, it } from 'vitest'
import { createClient, type ClientError, type ClientOptions } from '@vwo-hub/client'
import { INLINE_LIMIT_BYTES, keysOf, REVISION_AHEAD_MS, sha256Of } from '@vwo-hub/protocol'
import { boundedText } from '../../packages/client/dist/sources/bounded-text.js'
import { createPublisher } from '../support/publisher.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

/** A settings-file that gives everybody the variation of this name. */
const everybodyGets = (variation: string): string =>
  JSON.stringify({
    version: 1,
    accountId: 5,
    campaigns: [
      {
        id: 1,
        key: 'checkout',
        type: 'VISUAL_AB',
        status: 'RUNNING',
        percentTraffic: 100,
        goals: [],
        segments: {},
        variations: [{ id: 1, name: variation, weight: 100 }],
      },
    ],
  })

/** An environment whose Redis says what the test wants, and an app that follows it. */
async function setUp({ database = 0 } = {}) {
  const environment = `env-${randomUUID()}`
  const keys = keysOf(environment, 'vwo', database)
  const url = `${server.url}/${database}`
  const redis = new Redis(url)
  cleanUps.push(() => redis.disconnect())
  const store = async (revision: number, text: string, more: object = {}) => {
    await redis.set(keys.settingsOf(revision), text)
    const meta = { revision, sha256: sha256Of(text), bytes: text.length, protocol: 1, ...more }
    await redis.hset(keys.meta, meta)
  }
  const announce = async (revision: number, text: string, more: object = {}) => {
    const what = { type: 'update', protocol: 1, environment, revision, sha256: sha256Of(text), spreadMs: 0 }
    await redis.publish(
      keys.updates,
      JSON.stringify({ ...what, bytes: text.length, settings: text, ...more }),
    )
  }
  const follow = (options: Partial<ClientOptions<object>> = {}) => {
    const errors: ClientError[] = []
    const vwo = createClient({
      environment,
      redis: url,
      sdk: vwoSdk,
      launch: { isDevelopmentMode: true },
      ...options,
    })
    vwo.on('error', (error) => errors.push(error))
    cleanUps.push(vwo.close)
    const decides = (variation: string) =>
      until(
        () => vwo.getVariationName('checkout', 'ann'),
        (seen) => seen === variation,
      )
    const isSubscribed = () =>
      until(
        () => redis.call('PUBSUB', 'NUMSUB', keys.updates) as Promise<[string, number]>,
        ([, count]) => count > 0,
      )
    const tells = (what: string) =>
      until(
        () => errors.map(({ code, message }) => `${code}: ${message}`).join('\n'),
        (told) => told.includes(what),
      )
    return { vwo, errors, decides, isSubscribed, tells }
  }
  return { environment, keys, url, redis, store, announce, follow }
}

const now = () => Date.now()
const seldom = { checkIntervalMs: 60_000 }

describe('given a revision that cannot be', () => {
  it.each([
    ['as far as numbers go', Number.MAX_SAFE_INTEGER],
    ['two days ahead', now() + 2 * REVISION_AHEAD_MS],
  ])('in a message, %s: it is told and not taken, and the next update is', async (_what, forged) => {
    const { store, announce, follow } = await setUp()
    await store(now(), everybodyGets('A'))
    const app = follow(seldom)
    await Promise.all([app.decides('A'), app.isSubscribed()])
    await announce(forged, everybodyGets('forged'))
    await app.tells(`got ${forged}`)
    await announce(now() + 1, everybodyGets('B'))
    await app.decides('B')
    expect(app.errors.map(({ code }) => code)).toEqual(['settings-refused'])
  })

  it.each([
    ['ahead', String(now() + 2 * REVISION_AHEAD_MS)],
    ['no number', 'soon'],
  ])('in meta, %s: it is told and not taken, and the next one is', async (_what, forged) => {
    const { store, redis, keys, follow } = await setUp()
    await store(now(), everybodyGets('A'))
    const app = follow({ checkIntervalMs: 20 })
    await app.decides('A')
    await redis.hset(keys.meta, { revision: forged, sha256: sha256Of(everybodyGets('forged')) })
    await redis.set(keys.settings, everybodyGets('forged'))
    await app.tells(`got ${forged}`)
    await store(now() + 1, everybodyGets('B'))
    await app.decides('B')
  })

  it('in meta, when an app starts: it is told and not taken, and the next one is', async () => {
    const { store, follow } = await setUp()
    const forged = now() + 2 * REVISION_AHEAD_MS
    await store(forged, everybodyGets('forged'))
    const app = follow({ checkIntervalMs: 20 })
    await app.tells(`got ${forged}`)
    await store(now() + 1, everybodyGets('B'))
    await app.decides('B')
    expect(app.errors.map(({ code }) => code)).toEqual(['settings-refused'])
  })

  it('in use, since Redis did not tell its clock: it gives way to what Redis has, once that does', async () => {
    const { environment, store, redis, url, follow } = await setUp()
    await redis.acl('SETUSER', environment, 'on', '>pw', '~vwo:*', '&vwo:*', '+@all', '-time')
    const forged = now() + 2 * REVISION_AHEAD_MS
    await store(forged, everybodyGets('forged'))
    const app = follow({
      redis: url.replace('//', `//${environment}:pw@`),
      checkIntervalMs: 20,
      report: false,
    })
    await app.decides('forged')
    expect(app.vwo.status.revision).toBe(forged)
    const revision = now()
    await store(revision, everybodyGets('A'))
    await redis.acl('SETUSER', environment, '+time')
    await redis.client('KILL', 'USER', environment)
    await app.decides('A')
    expect(app.vwo.status.revision).toBe(revision)
    await app.tells(`Revision ${forged} of "${environment}", which is in use, is more than a day ahead`)
  })
})

describe('given settings of somebody else', () => {
  it('a message of another identity than meta has is not taken, but read after', async () => {
    const { store, announce, follow } = await setUp()
    await store(now(), everybodyGets('A'), { identity: 'ours' })
    const app = follow(seldom)
    await Promise.all([app.decides('A'), app.isSubscribed()])
    const revision = now()
    await announce(revision + 1, everybodyGets('theirs'), { identity: 'theirs' })
    await announce(revision + 2, everybodyGets('of nobody'))
    await announce(revision + 3, everybodyGets('B'), { identity: 'ours' })
    await app.decides('B')
    const seen: (string | null)[] = []
    app.vwo.on('update', () => seen.push(app.vwo.getVariationName('checkout', 'ann')))
    // An environment that was given to another account: the message alone is not believed, what Redis has is.
    await store(revision + 4, everybodyGets('C'), { identity: 'new' })
    await announce(revision + 5, everybodyGets('unread'), { identity: 'new' })
    await app.decides('C')
    expect(seen).toEqual(['C'])
  })

  /** An app that decides from its cache file, while Redis cannot be reached. */
  async function beginFromCache(text: string, revision: number, identity: string) {
    const { environment, store, follow } = await setUp()
    const directory = await mkdtemp(join(tmpdir(), 'vwo-hub-client-'))
    cleanUps.push(() => rm(directory, { recursive: true }))
    const cacheFile = join(directory, 'vwo.json')
    const header = { protocol: 1, environment, revision, sha256: sha256Of(text), identity }
    await writeFile(cacheFile, `${JSON.stringify(header)}\n${text}`)
    const { hostname, port } = new URL(server.url)
    const proxy = await startTcpProxy({ target: () => ({ host: hostname, port: Number(port) }) })
    cleanUps.push(proxy.close)
    proxy.cut()
    const app = follow({ redis: `redis://${proxy.host}:${proxy.port}`, checkIntervalMs: 20, cacheFile })
    return { app, store, reachRedis: () => proxy.set({}) }
  }

  it('those of the cache file give way to what Redis has, though it is older', async () => {
    const revision = now()
    const { app, store, reachRedis } = await beginFromCache(everybodyGets('theirs'), revision, 'theirs')
    await app.decides('theirs')
    await store(revision - 1000, everybodyGets('ours'), { identity: 'ours' })
    reachRedis()
    await app.decides('ours')
    await app.tells('is of another account or sdkKey')
  })

  it('those of the cache file are followed by newer ones of another identity as by any: Redis may have lost everything', async () => {
    const revision = now() - 1000
    const { app, store, reachRedis } = await beginFromCache(everybodyGets('A'), revision, 'by the old salt')
    await app.decides('A')
    const updates: { readonly previousRevision: number }[] = []
    app.vwo.on('update', (update) => updates.push(update))
    await store(revision + 1000, everybodyGets('B'), { identity: 'by the new salt' })
    reachRedis()
    await app.decides('B')
    expect(updates).toMatchObject([{ previousRevision: revision }])
  })

  it('in another database of the same Redis: what is announced there is not heard, what is here is', async () => {
    const { environment, url, announce, follow } = await setUp({ database: 1 })
    const publisher = await createPublisher(url, environment)
    cleanUps.push(publisher.close)
    await publisher.publish(everybodyGets('A'))
    const app = follow(seldom)
    await Promise.all([app.decides('A'), app.isSubscribed()])
    const elsewhere = keysOf(environment).updates
    expect(await publisher.redis.call('PUBSUB', 'NUMSUB', elsewhere)).toEqual([elsewhere, 0])
    // By message: a hub announces where its clients listen.
    await publisher.publish(everybodyGets('B'))
    await app.decides('B')
    await announce(now() + 1000, everybodyGets('C'))
    await app.decides('C')
  })
})

describe('given more than a settings-file can be', () => {
  it('what was compressed is not decompressed any further than was announced', async () => {
    const { redis, keys, store, follow } = await setUp()
    const revision = now()
    const text = everybodyGets('A').replace('{', `{"filling":"${'x'.repeat(2 * INLINE_LIMIT_BYTES)}",`)
    const megabyte = gzipSync(Buffer.alloc(2 ** 20))
    await redis.set(keys.compressedSettingsOf(revision), Buffer.concat(Array<Buffer>(1024).fill(megabyte)))
    await store(revision, text)
    const before = process.resourceUsage().maxRSS
    await follow().decides('A')
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(256 * 1024)
  })

  it('a body is read as far as it may be long, and no further', async () => {
    let given = 0
    const body = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          given += 1
          controller.enqueue(new Uint8Array(1000))
        },
      })
    await expect(boundedText(new Response(body()), 9999)).rejects.toThrow('at most 9999 bytes')
    expect(given).toBeLessThan(20)
    expect(await boundedText(new Response('ä'.repeat(5000)), 10_000)).toBe('ä'.repeat(5000))
  })

  it('the hub is not waited for where its body does not end, and its settings are not taken', async () => {
    const endless = createServer((_request, response) => {
      response.writeHead(200, { 'vwo-hub-revision': '1', etag: '"x"' })
      const more = () => {
        while (response.write(Buffer.alloc(2 ** 20))) if (response.destroyed) return
      }
      response.on('drain', more)
      more()
    })
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve))
    cleanUps.push(() => endless.close())
    const { port } = endless.address() as AddressInfo
    const { follow } = await setUp()
    const app = follow({
      redis: 'redis://127.0.0.1:1',
      hub: { url: `http://127.0.0.1:${port}` },
      initialSettings: everybodyGets('A'),
    })
    expect(await app.vwo.ready()).toMatchObject({ source: 'initial' })
    await app.tells('hub-unreachable')
  })
})
