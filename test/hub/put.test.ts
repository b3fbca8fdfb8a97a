import { setImmediate as turn } from 'node:timers/promises'
import { asUser, startRedisCluster, startRedisServer } from '@vwo-hub/sandbox'
import { expect, it, onTestFinished } from 'vitest'
import { openEnvironment, unconnectedEnvironment } from '../support/environment.ts'
import { createPublisher } from '../support/publisher.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server: shared } = await redisForFile()

/** What a hub publishes, with nothing in it. */
const publication = (bytes: number) => ({
  text: Buffer.alloc(bytes, 'x'),
  meta: {
    sha256: 'abc',
    bytes: String(bytes),
    campaigns: '0',
    publishedAt: '',
    fetchedAt: '',
    checkedAt: '',
    trigger: 'manual',
    accountId: '1',
    sdk: '',
  },
  summary: '',
  knownRevision: 0,
  attempt: { token: 'token', ticket: 1 },
  delayMs: 0,
  fruitless: 0,
})

it.each([10, 100_000])(
  '[invariant 7] Redis that goes away while %i bytes are published is a rejection, and nothing is rejected unheard',
  async (bytes) => {
    const unheard: unknown[] = []
    const listen = (reason: unknown): void => void unheard.push(reason)
    process.on('unhandledRejection', listen)
    onTestFinished(() => void process.off('unhandledRejection', listen))

    // Every command is rejected at once.
    const { handle, store } = unconnectedEnvironment('redis://127.0.0.1:1', 'prod')
    onTestFinished(store.close)
    await expect(handle.refresh.publish(publication(bytes))).rejects.toThrow(/writeable/)
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
  const { handle, store } = await openEnvironment(asUser(server.config, user), 'prod')
  onTestFinished(store.close)
  await expect(handle.refresh.publish(publication(100_000))).rejects.toThrow(/NOPERM .*pubsub/)
  expect(await handle.read.current()).toBeUndefined()
})

it.each(['xadd', 'rename', 'persist', 'copy', 'hset', 'zadd', 'zrevrange', 'unlink', 'publish'])(
  '[invariant 4] a user who may not %s publishes nothing, not even a part',
  async (command) => {
    const environment = `without-${command}`
    const publisher = await createPublisher(shared.url, environment)
    onTestFinished(publisher.close)
    await publisher.publish('before')
    const user = { username: environment, password: 'limited-password' }
    await publisher.redis.call(
      'ACL',
      'SETUSER',
      user.username,
      'on',
      `>${user.password}`,
      '~*',
      '&*',
      '+@all',
      `-${command}`,
    )
    const { handle, store } = await openEnvironment(asUser(shared.config, user), environment)
    onTestFinished(store.close)
    const stored = async (): Promise<unknown> => {
      const names = (await publisher.redis.keys(`*{${environment}}*`)).filter(
        (name) => !name.includes(':staged:'),
      )
      const dumps = names.sort().map(async (name) => [name, await publisher.redis.dump(name)])
      return await Promise.all(dumps)
    }
    const before = await stored()
    const published = {
      text: Buffer.from('after'),
      meta: { ...publication(5).meta, protocol: '1' },
      revision: 9e15,
    }
    await expect(handle.refresh.restore(published)).rejects.toThrow(`NOPERM`)
    expect(await stored()).toEqual(before)
  },
)
