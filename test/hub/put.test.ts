import { setImmediate as turn } from 'node:timers/promises'
import { keysOf } from '@vwo-hub/protocol'
import { asUser, startRedisCluster, startRedisServer } from '@vwo-hub/hub/testing'
import { expect, it, onTestFinished } from 'vitest'
import { connectRedis } from '../../packages/hub/dist/environment/connection.js'
import { createPut } from '../../packages/hub/dist/environment/put.js'

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
    await expect(put(text, 'token', { meta, knownRevision: 0 })).rejects.toThrow(/writeable/)
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
  await expect(put('x'.repeat(100_000), 'token', { meta, knownRevision: 0 })).rejects.toThrow(
    /NOPERM .*pubsub/,
  )
  expect(await redis.exists(keys.settings)).toBe(0)
})
