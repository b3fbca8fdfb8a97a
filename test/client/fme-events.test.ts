import { describe, expect, it, onTestFinished } from 'vitest'
import {
  createEventSender,
  type SenderTimes,
} from '../../packages/client/dist/product/fme/events/event-sender.js'
import { until } from '../support/until.ts'

/** A sender at a collector that answers as the test says. */
function setUp(times: SenderTimes = {}) {
  const collector = { status: 200 as number | undefined, requests: 0 }
  const told: string[] = []
  let answers: ((status: number) => void)[] = []
  const sender = createEventSender(
    async () => {
      collector.requests += 1
      const { status } = collector
      if (status === 0) throw new Error('connection refused')
      return { status: status ?? (await new Promise<number>((resolve) => answers.push(resolve))), data: {} }
    },
    (what, { message }) => told.push(`${what}: ${message}`),
    { firstPauseMs: 20, longestPauseMs: 40, ...times },
  )
  onTestFinished(sender.close)
  const event = (events = 1) => {
    const body = events === 1 ? { d: {} } : { ev: Array(events).fill('event') }
    return { getOptions: () => ({ path: '/events/t', body, headers: { 'Content-Length': 10 } }) }
  }
  const answerAll = (status: number): void => {
    for (const answer of answers.splice(0)) answer(status)
    answers = []
  }
  /** How many wait for an answer. */
  const open = (): number => answers.length
  return { collector, told, sender, event, open, answerAll }
}

describe('events', () => {
  it('are sent as many at once as there are, up to a bound, and counted one by one', async () => {
    const { collector, sender, event, answerAll } = setUp()
    collector.status = undefined
    const sent = Array.from({ length: 2000 }, () => sender.send(event(5)))
    expect(collector.requests).toBe(256)
    expect(sender.counts()).toEqual({ sent: 0, refused: 0, dropped: 0, waiting: 10_000 })
    collector.status = 200
    answerAll(200)
    expect(await Promise.all(sent)).toEqual(Array(2000).fill(undefined))
    expect(sender.counts()).toEqual({ sent: 10_000, refused: 0, dropped: 0, waiting: 0 })
  })

  it('wait while the collector does not take them: one attempt after each pause, however many there are', async () => {
    const { collector, told, sender, event } = setUp()
    collector.status = 503
    const begun = performance.now()
    const sent = Array.from({ length: 500 }, () => sender.send(event()))
    await until(
      () => collector.requests,
      (requests) => requests >= 260,
    )
    // Many were on their way when the first failed; then pauses of 15 ms at least.
    expect(collector.requests).toBeLessThanOrEqual(256 + (performance.now() - begun) / 15 + 1)
    expect(new Set(told)).toEqual(new Set(['Cannot send events for now: the collector answers 503']))
    collector.status = 200
    await Promise.all(sent)
    expect(sender.counts()).toMatchObject({ sent: 500, dropped: 0 })
  })

  it('are sent ever more at once again to a collector that has failed for long', async () => {
    const { collector, sender, event, open, answerAll } = setUp({ firstPauseMs: 1, longestPauseMs: 1 })
    collector.status = 503
    const sent = Array.from({ length: 300 }, () => sender.send(event()))
    await until(
      () => collector.requests,
      (requests) => requests >= 270,
    )
    collector.status = undefined
    for (const many of [1, 2, 4, 8, 16]) {
      await until(open, (count) => count === many)
      answerAll(200)
    }
    collector.status = 200
    answerAll(200)
    await Promise.all(sent)
  })

  it('that the collector does not want are not sent again, and hold up no other', async () => {
    const { collector, sender, event } = setUp()
    collector.status = 400
    expect(await sender.send(event(3))).toMatchObject({ message: 'the collector answers 400' })
    expect(collector.requests).toBe(1)
    collector.status = 200
    expect(await sender.send(event())).toBeUndefined()
    expect(sender.counts()).toEqual({ sent: 1, refused: 3, dropped: 0, waiting: 0 })
  })

  it('are dropped beyond ten thousand requests, and when they are too old', async () => {
    const { collector, sender, event, told } = setUp({ giveUpMs: 50 })
    collector.status = 0
    const sent = Array.from({ length: 10_300 }, () => sender.send(event()))
    expect(sender.counts()).toMatchObject({ waiting: 10_256, dropped: 44 })
    await Promise.all(sent)
    expect(sender.counts()).toEqual({ sent: 0, refused: 0, dropped: 10_300, waiting: 0 })
    expect(told).toContain('Dropped events: too many wait for the collector')
    expect(told).toContain('Dropped events: not arrived within 50 ms')
  })

  it('are tried once more at the end, within its limit, and what has not arrived is counted', async () => {
    const { collector, sender, event } = setUp({ firstPauseMs: 60_000, longestPauseMs: 60_000 })
    collector.status = 0
    const sent = [sender.send(event()), sender.send(event())]
    await until(
      () => collector.requests,
      (requests) => requests === 2,
    )
    expect(await sender.settle(20)).toBe(2)
    collector.status = 200
    expect(await sender.settle(1000)).toBe(0)
    expect(await Promise.all(sent)).toEqual([undefined, undefined])
    collector.status = 0
    const lost = sender.send(event())
    await until(
      () => sender.settle(1),
      (left) => left === 1,
    )
    sender.close()
    expect(await lost).toBeInstanceOf(Error)
    expect(sender.counts()).toMatchObject({ sent: 2, dropped: 1, waiting: 0 })
  })
})
