import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type RedisMember, startRedisCluster } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { whyUnusable } from '../../packages/hub/dist/environment/topology/cluster-diagnosis.js'

async function ask<T>({ host, port }: RedisMember, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ host, port })
  try {
    return await question(redis)
  } finally {
    redis.disconnect()
  }
}

it('a look at a cluster asks each node once, however many name it', async () => {
  const { nodes, close } = await startRedisCluster()
  onTestFinished(close)
  await Promise.all(nodes.map((node) => ask(node, (redis) => redis.config('RESETSTAT'))))
  expect(await whyUnusable({ nodes, natMap: undefined, access: {} })).toBeUndefined()
  const asked = nodes.map(async (node) => {
    const info = await ask(node, (redis) => redis.info('commandstats'))
    return /^cmdstat_cluster\|slots:calls=(\d+)/m.exec(info)?.[1]
  })
  expect(await Promise.all(asked)).toEqual(['1', '1', '1'])
})

it('a look at a cluster asks no more than eight nodes at once, and all of them', async () => {
  let [open, most, all] = [0, 0, 0]
  const start = async () => {
    const server = createServer((socket) => {
      all += 1
      most = Math.max(most, ++open)
      socket.on('error', () => {})
      socket.once('data', () => {
        // Before the one who asked can know.
        open -= 1
        socket.end('-ERR it is no cluster\r\n-ERR it is no cluster\r\n')
      })
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  }
  const nodes = await Promise.all(Array.from({ length: 20 }, start))
  expect(await whyUnusable({ nodes, natMap: undefined, access: {} })).toMatch(/ERR it is no cluster/)
  expect([most, all]).toEqual([expect.toSatisfy((count: number) => count <= 8), 20])
})
