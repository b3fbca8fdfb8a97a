import { expect, it } from 'vitest'
import { parseExposition, valueOf } from '../support/exposition.ts'
import { startHubs } from '../support/hubs.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

it('the time that a revision takes to a node is told once, and not of what was over before', async () => {
  const { handle, redis, keys, environment, first, meta, close } = await startHubs({ url: server.url })
  cleanUps.push(close)
  const newest = Number((await meta())['revision'])
  const now = new Date(await handle.now()).toISOString()
  const report = async (id: string, revision: number, more: { lagMs?: number; appliedAt?: string } = {}) => {
    await redis.zadd(keys.nodes, await handle.now(), id)
    await redis.hset(keys.node(id), {
      state: 'ready',
      host: 'shop',
      pid: 7,
      revision,
      appliedAt: now,
      ...more,
    })
  }
  /** How many times are told of, and what they come to in seconds. */
  const told = async () => {
    const metrics = parseExposition(await (await fetch(`${first.adminUrl}/metrics`)).text())
    return ['count', 'sum'].map((what) =>
      valueOf(metrics, `vwo_hub_propagation_seconds_${what}`, { environment }),
    )
  }
  await report('a', newest - 1, { lagMs: 100 })
  await report('b', newest - 1)
  expect(await told()).toEqual([1, 0.1])
  expect(await told()).toEqual([1, 0.1])
  await report('a', newest, { lagMs: 200 })
  await report('c', newest, { lagMs: 300, appliedAt: '2025-01-01T00:00:00Z' })
  expect(await told()).toEqual([2, expect.closeTo(0.3, 9)])
})
