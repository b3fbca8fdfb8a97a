import { describe, expect, it } from 'vitest'
import type { NodeReport } from '../../packages/hub/dist/environment/read-nodes.js'
import { createLagWatch } from '../../packages/hub/dist/metrics/lag-watch.js'
import { parseExposition, valueOf } from '../support/exposition.ts'
import { startHubs } from '../support/hubs.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

async function setUp() {
  const { handle, redis, keys, environment, first, meta, close } = await startHubs({ url: server.url })
  cleanUps.push(close)
  const now = new Date(await handle.now()).toISOString()
  return {
    newest: Number((await meta())['revision']),
    async report(
      ids: readonly string[],
      revision: number,
      more: { lagMs?: number; appliedAt?: string } = {},
    ) {
      const seenAt = await handle.now()
      const reports = redis.pipeline()
      for (const id of ids) {
        reports.zadd(keys.nodes, seenAt, id)
        const record = { state: 'ready', host: 'shop', pid: 7, revision, appliedAt: now, ...more }
        reports.hset(keys.node(id), record)
      }
      await reports.exec()
    },
    /** How many times are told of, and what they come to in seconds. */
    async told() {
      const metrics = parseExposition(await (await fetch(`${first.adminUrl}/metrics`)).text())
      return ['count', 'sum'].map((what) =>
        valueOf(metrics, `vwo_hub_propagation_seconds_${what}`, { environment }),
      )
    },
  }
}

it('the time that a revision takes to a node is told once, and not of what was over before', async () => {
  const { newest, report, told } = await setUp()
  await report(['a'], newest - 1, { lagMs: 100 })
  await report(['b'], newest - 1)
  expect(await told()).toEqual([1, 0.1])
  expect(await told()).toEqual([1, 0.1])
  await report(['a'], newest, { lagMs: 200 })
  await report(['c'], newest, { lagMs: 300, appliedAt: '2025-01-01T00:00:00Z' })
  expect(await told()).toEqual([2, expect.closeTo(0.3, 9)])
})

it('it is told once also of nodes that are not looked at each time, as there are more than 2,000', async () => {
  const { newest, report, told } = await setUp()
  const halves = ['a', 'b'].map((half) => Array.from({ length: 1500 }, (_, index) => `${half}${index}`))
  const counts: unknown[] = []
  for (const half of [...halves, ...halves]) {
    await report(half, newest, { lagMs: 1000 })
    counts.push((await told())[0])
  }
  expect(counts).toEqual([1500, 3000, 3000, 3000])
})

/** Looks at nodes, 2,000 at a time. */
function createLook() {
  let told: number[] = []
  const watch = createLagWatch((_, seconds) => told.push(seconds))
  /** @returns Of which nodes it was told, by number. */
  return (
    numbers: readonly number[],
    revision: number,
    { now, appliedAt = now }: { now: number; appliedAt?: number },
  ) => {
    told = []
    const seen = numbers.map((number) => {
      const applied = new Date(appliedAt).toISOString()
      return { id: `${number}`, revision, lagMs: number * 1000, appliedAt: applied } as NodeReport
    })
    for (let start = 0; start < seen.length; start += 2000) {
      const nodes = seen.slice(start, start + 2000)
      const more = { current: 0, total: seen.length, nodes }
      watch({ environment: 'prod', now: new Date(now).toISOString(), ...more })
    }
    return told
  }
}

describe('of more nodes than are remembered', () => {
  const many = Array.from({ length: 30_000 }, (_, index) => index)
  const soon = Date.now() + 60_000

  it('none is told twice, and of the next revision it is told again', () => {
    const look = createLook()
    const first = look(many, 1, { now: soon })
    expect([first.length >= 10_000, first.length < many.length]).toEqual([true, true])
    expect(new Set(first).size).toBe(first.length)
    expect(look(many, 1, { now: soon })).toEqual([])
    expect(look([7, 29_999], 2, { now: soon + 1 })).toEqual([7, 29_999])
  })

  it('those that name a time to come keep no other from being told', () => {
    const look = createLook()
    expect(look(many, 1, { now: soon, appliedAt: soon + 1e12 })).toEqual([])
    expect(look([7], 1, { now: soon + 1 })).toEqual([7])
  })

  it('it is told on when the clock of Redis was ahead', () => {
    const look = createLook()
    expect(look(many, 1, { now: soon + 1e12 })).not.toEqual([])
    expect(look([7], 2, { now: soon })).toEqual([])
    expect(look([7], 3, { now: soon + 1 })).toEqual([7])
  })
})
