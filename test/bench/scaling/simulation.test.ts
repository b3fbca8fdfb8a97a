import { describe, expect, it } from 'vitest'
import { createRandom } from '../../chaos/random.ts'
import { createEventQueue } from './event-queue.ts'
import { costOf, NOTICE_BYTES, predict, type Deployment } from './model.ts'
import { costs, standalone } from './model.examples.ts'
import { simulateStorm, simulateUpdate } from './simulation.ts'

const alone = { ...standalone, checkIntervalSeconds: 1e6, networkBytesPerSecond: 1e15 }

describe('the event queue', () => {
  it('gives events back in the order of their times', () => {
    const random = createRandom(7)
    const queue = createEventQueue<number>()
    const times = Array.from({ length: 500 }, () => random.integer(0, 100))
    for (const time of times) queue.push(time, time)
    const out: number[] = []
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) out.push(next.event)
    expect(out).toEqual(times.toSorted((a, b) => a - b))
  })
})

describe('a simulated update', () => {
  it('equals the closed form where nothing else is going on', () => {
    const { arrivals } = simulateUpdate(costs, alone, createRandom(1))
    const each = costOf(costs.deliver, NOTICE_BYTES + 12_000)
    const copies = costs.wake + 1000 * each * costs.copyShare
    expect(arrivals.count).toBe(1000)
    expect(arrivals.min).toBeCloseTo(copies + each * (1 - costs.copyShare), 9)
    expect(arrivals.max).toBeCloseTo(costs.wake + 1000 * each, 9)
    expect(arrivals.max).toBeCloseTo(predict(costs, alone).lastSeconds + costs.wake, 9)
  })

  it('a small network decides when the last node has it, as the model says', () => {
    const slow: Deployment = { ...alone, networkBytesPerSecond: 1e6 }
    const { arrivals } = simulateUpdate(costs, slow, createRandom(1))
    expect(arrivals.max / predict(costs, slow).lastSeconds).toBeCloseTo(1, 2)
  })

  it.each([
    ['in the message', 10_000],
    ['fetched', 1_000_000],
  ])('agrees with the model among reads and reports: %s', (_, settingsBytes) => {
    const deployment: Deployment = {
      ...standalone,
      ...{ nodes: 5000, settingsBytes, isReporting: true, networkBytesPerSecond: 1.25e9 },
    }
    const simulated = simulateUpdate(costs, deployment, createRandom(1))
    const predicted = predict(costs, deployment)
    expect(simulated.idleCpu / predicted.idleCpu).toBeCloseTo(1, 1)
    expect(simulated.arrivals.max / predicted.lastSeconds).toBeCloseTo(1, 1)
  })

  it('takes longer to more nodes', () => {
    const last = [100, 1000, 10_000].map(
      (nodes) => simulateUpdate(costs, { ...standalone, nodes }, createRandom(1)).arrivals.max,
    )
    expect(last).toEqual(last.toSorted((a, b) => a - b))
  })

  it('is the same again for the same seed', () => {
    const of = (seed: number) => simulateUpdate(costs, standalone, createRandom(seed))
    expect(of(3)).toEqual(of(3))
    expect(of(3)).not.toEqual(of(4))
  })

  it('tells of nodes that are not answered in time', () => {
    const slow: Deployment = { ...standalone, networkBytesPerSecond: 1e6 }
    expect(simulateUpdate(costs, slow, createRandom(1)).timeouts).toBeGreaterThan(0)
    expect(simulateUpdate(costs, standalone, createRandom(1)).timeouts).toBe(0)
  })
})

describe('a simulated storm', () => {
  it('is over with the jitter where Redis is fast, and with the work where it is not', () => {
    const few = simulateStorm(costs, standalone, createRandom(1))
    expect(few.following.max).toBeGreaterThan(0.8)
    expect(few.following.max).toBeLessThan(1.05)
    const many = { ...standalone, nodes: 20_000 }
    expect(simulateStorm(costs, many, createRandom(1)).following.max).toBeCloseTo(
      predict(costs, many).stormSeconds,
      1,
    )
  })

  it('does not end where nodes give up and come again faster than they are served', () => {
    const slow = { ...costs, connect: 1e-3 }
    const many = { ...standalone, nodes: 15_000 }
    const { timeouts, isOver } = simulateStorm(slow, many, createRandom(1), { longestSeconds: 20 })
    expect(timeouts).toBeGreaterThan(many.nodes)
    expect(isOver).toBe(false)
  })
})
