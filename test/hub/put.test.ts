import { setImmediate as turn } from 'node:timers/promises'
import { keysOf, sha256Of } from '@vwo-hub/protocol'
import { asUser, startRedisCluster, startRedisServer } from '@vwo-hub/hub/testing'
import { expect, it, onTestFinished } from 'vitest'
import { connectRedis } from '../../packages/hub/dist/environment/connection.js'
import { createPut } from '../../packages/hub/dist/environment/put.js'
import { createPublisher } from '../support/publisher.ts'

it.each([10, 100_000])(
  '[invariant 7] Redis that goes away while %i bytes are published is a rejection, and nothing is rejected unheard',
  async (bytes) => {
    const unheard: unknown[] = []
    const listen = (reason: unknown): void => void unheard.push(reason)
    process.on('unhandledRejection', listen)
    onTestFinished(() => void process.off('unhandledRejection', listen))

    // Never connected: every command is rejected at once.
    const redis = connectRedis({ kind: 'standalone', url: 'redis://127.0.0.1:1' }, { name: 'test' })
    redis.on('error', () => {})
    onTestFinished(() => redis.disconnect())
    const { put } = createPut(redis, 'prod', keysOf('prod'))
    const text = 'x'.repeat(bytes)
    const meta = { sha256: 'abc', bytes: String(bytes) }
    await expect(put('vwoRestore', text, { meta, knownRevision: 1, summary: 'tried' })).rejects.toThrow(
      /writeable/,
    )
    await turn()
    expect(unheard).toEqual([])
  },
)

it.each([
  ['standalone', startRedisServer],
  ['a cluster', startRedisCluster],
])('what counting subscribers lacks is named, and nothing is published: %s', async (_, start) => {
  const user = { username: 'limited', password: 'limited-password' }
  const rule = `user ${user.username} on >${user.password} ~* &* +@all -pubsub`
  const server = await start({ users: [rule] })
  onTestFinished(server.close)
  const redis = connectRedis(asUser(server.config, user), { name: 'test' })
  onTestFinished(() => redis.disconnect())
  await redis.connect()
  const keys = keysOf('prod')
  const { put } = createPut(redis, 'prod', keys)
  const meta = { sha256: 'abc', bytes: '100000' }
  const text = 'x'.repeat(100_000)
  await expect(put('vwoRestore', text, { meta, knownRevision: 1, summary: 'tried' })).rejects.toThrow(
    /NOPERM .*pubsub/,
  )
  expect(await redis.exists(keys.settings)).toBe(0)
})

it.each(['xadd', 'rename', 'persist', 'copy', 'hset', 'zadd', 'zrevrange', 'unlink', 'publish'])(
  '[invariant 4] a user who may not %s publishes nothing, not even a part',
  async (command) => {
    const user = { username: 'limited', password: 'limited-password' }
    const rule = `user ${user.username} on >${user.password} ~* &* +@all -${command}`
    const server = await startRedisServer({ users: [rule] })
    onTestFinished(server.close)
    const publisher = await createPublisher(server.url, 'prod')
    onTestFinished(() => publisher.close())
    await publisher.publish('before')
    const redis = connectRedis(asUser(server.config, user), { name: 'test' })
    onTestFinished(() => redis.disconnect())
    await redis.connect()
    const keys = keysOf('prod')
    const stored = async (): Promise<unknown> => {
      const names = (await publisher.redis.keys('*')).filter((name) => !name.includes(':staged:'))
      const dumps = names.sort().map(async (name) => [name, await publisher.redis.dump(name)])
      return await Promise.all(dumps)
    }
    const before = await stored()
    const { put } = createPut(redis, 'prod', keys)
    const meta = { sha256: sha256Of('after'), bytes: '5' }
    const publication = { meta, knownRevision: 9e15, summary: 'tried' }
    await expect(put('vwoRestore', 'after', publication)).rejects.toThrow(`NOPERM`)
    expect(await stored()).toEqual(before)
  },
)
