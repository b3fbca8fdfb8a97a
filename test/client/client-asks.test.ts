import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import type { Client } from '@vwo-hub/client'
import type { Keys } from '@vwo-hub/protocol'
import { requestRefresh } from '../../packages/client/dist/receive/request-refresh.js'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { everybodyGets, following } from '../support/followed.ts'

const { server, cleanUps } = await redisForFile()
const { setUp } = following(server, cleanUps)

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

  it.each([
    {
      what: 'when Redis refuses to tell whether a hub has fetched',
      grantsOn: ({ meta, settings, asks }: Keys) => [`~${meta}`, `~${settings}*`, `~${asks}`],
      names: 'refresh',
    },
    {
      what: 'when what it needs is given to it neither as an app nor as a hub',
      grantsOn: () => ['%R~vwo:*'],
      names: 'asks',
    },
  ] as const)('$what', async ({ grantsOn, names }) => {
    const all = await setUp()
    await all.publisher.publish(everybodyGets('A'))
    const grants = [...grantsOn(all.keys), '&vwo:*', '+@all']
    await all.publisher.redis.acl('SETUSER', all.environment, 'on', '>the-password', ...grants)
    const url = new URL(server.url)
    Object.assign(url, { username: all.environment, password: 'the-password' })
    const { vwo } = all.follow({ redis: url.href })
    await vwo.ready()
    await expect(vwo.getAndUpdateSettingsFile()).rejects.toMatchObject({
      code: 'redis-forbidden',
      message: expect.stringContaining(all.keys[names]),
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
