import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keysOf } from '@vwo-hub/protocol'
import { createReporter } from '../../packages/client/dist/report/reporter.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Reporters of one environment, with a Redis that does nothing but count. */
function setUp({
  reporters: count,
  nodes,
  readClock = async () => {},
}: {
  readonly reporters: number
  readonly nodes: number
  readonly readClock?: () => Promise<void>
}) {
  const keys = keysOf('prod')
  let revision = 1
  const written: number[] = []
  const reporters = Array.from({ length: count }, (_, index) => {
    // Never connected.
    const redis = new Redis({ lazyConnect: true })
    const transaction = {
      hset: () => transaction,
      pexpire: () => transaction,
      zadd: () => transaction,
      zremrangebyscore: () => transaction,
      zcard: () => transaction,
      del: () => transaction,
      zrem: () => transaction,
      async exec() {
        written.push(revision)
        return [[null, nodes]]
      },
    }
    const time = async () => {
      await readClock()
      return [0, 0]
    }
    Object.assign(redis, { status: 'ready', time, zcard: async () => nodes, multi: () => transaction })
    const reporter = createReporter({
      redis,
      keys,
      identity: { id: `node-${index}`, record: { host: 'shop', pid: index, sdk: 'sdk', client: '1' } },
      status: () => ({ revision, state: 'ready' }),
      clock: { note: () => {}, offsetMs: () => 0, isKnown: () => true, isImpossible: () => false },
      onRefused: () => {},
    })
    redis.emit('ready')
    return reporter
  })
  return {
    reporters,
    written,
    publish() {
      revision += 1
      for (const { changed } of reporters) changed()
    },
    pass: (ms: number) => vi.advanceTimersByTimeAsync(ms),
  }
}

it('a thousand nodes spread what they report of an update over five seconds', async () => {
  const { written, publish, pass } = setUp({ reporters: 200, nodes: 1000 })
  await pass(5000)
  expect(written).toHaveLength(200)
  publish()
  const perSecond: number[] = []
  for (let second = 1; second <= 10; second += 1) {
    const before = written.length
    await pass(1000)
    perSecond.push(written.length - before)
  }
  expect(perSecond.reduce((sum, each) => sum + each)).toBe(200)
  expect(written.slice(200).every((revision) => revision === 2)).toBe(true)
  // A fifth of the nodes makes 40 a second, give or take what chance does.
  expect(Math.max(...perSecond)).toBeLessThan(80)
})

it('a series of updates costs a report for each spread, not for each update', async () => {
  const { written, publish, pass } = setUp({ reporters: 100, nodes: 1000 })
  await pass(5000)
  const before = written.length
  const perSecond: number[] = []
  for (let second = 0; second < 20; second += 1) {
    const soFar = written.length
    for (let update = 0; update < 5; update += 1) {
      publish()
      await pass(200)
    }
    perSecond.push(written.length - soFar)
  }
  // Twenty seconds of spreads of five; a tenth of the nodes makes 20 a second, give or take what chance does.
  expect(written.length - before).toBeLessThanOrEqual(100 * 5)
  expect(written.length - before).toBeGreaterThanOrEqual(100 * 3)
  expect(Math.max(...perSecond)).toBeLessThan(45)
})

it('a few nodes report at once', async () => {
  const { written, publish, pass } = setUp({ reporters: 4, nodes: 4 })
  await pass(20)
  expect(written).toHaveLength(4)
  publish()
  await pass(20)
  expect(written.slice(4)).toEqual([2, 2, 2, 2])
})

it('without updates each node reports about every half minute, in time for its report not to end', async () => {
  const { written, pass } = setUp({ reporters: 100, nodes: 100 })
  await pass(500)
  expect(written).toHaveLength(100)
  await pass(30_000)
  expect(written.length).toBeGreaterThanOrEqual(200)
  await pass(60_000)
  expect(written.length).toBeGreaterThanOrEqual(400)
  expect(written.length).toBeLessThanOrEqual(500)
})

it('a report that waits for the time while its node closes is written no more: nobody would take it back', async () => {
  let answer = (): void => {}
  const readClock = () => new Promise<void>((resolve) => (answer = resolve))
  const { reporters, written, pass } = setUp({ reporters: 1, nodes: 1, readClock })
  await pass(20)
  await reporters[0]?.close()
  const afterClosing = written.length
  answer()
  await pass(60_000)
  expect(written).toHaveLength(afterClosing)
})
