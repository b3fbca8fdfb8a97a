/** A Redis that answers more slowly than timers ask would have ever more to answer. */
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { holdLease } from '../../packages/hub/dist/flow/lease.js'
import { createHubReport } from '../../packages/hub/dist/operate/report-hub.js'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

/** Answers when it is told to. */
function slow<Answer>(answer: Answer) {
  const waiting: (() => void)[] = []
  return {
    ask: vi.fn(() => new Promise<Answer>((resolve) => waiting.push(() => resolve(answer)))),
    async answerAll() {
      for (const resolve of waiting.splice(0)) resolve()
      await new Promise<void>((resolve) => void setImmediate(resolve))
    },
  }
}

describe('a Redis that takes its time is asked no faster than it answers', () => {
  it('by the report of a hub, which says all the same that the hub closes', async () => {
    const { ask, answerAll } = slow({ resets: [] })
    let isClosing = false
    const report = createHubReport({
      id: 'hub-1',
      environments: () => [
        {
          environment: { name: 'prod', hubs: { report: ask, forget: async () => {} } } as never,
          refresher: {
            lastFetch: () => undefined,
            current: () => undefined,
            isForeign: () => false,
          } as never,
          minutes: { keep: async () => {} },
        },
      ],
      isClosing: () => isClosing,
      canWrite: () => true,
      log: pino({ level: 'silent' }),
    })
    report.start()
    vi.advanceTimersByTime(60_000)
    expect(ask).toHaveBeenCalledTimes(1)
    await answerAll()
    vi.advanceTimersByTime(60_000)
    expect(ask).toHaveBeenCalledTimes(2)
    isClosing = true
    report.now()
    expect(ask).toHaveBeenLastCalledWith(
      'hub-1',
      expect.objectContaining({ state: 'closing' }),
      expect.anything(),
    )
    await report.end()
  })

  it('for the renewal of a lease', async () => {
    const { ask, answerAll } = slow(true)
    const lease = holdLease({ renew: ask }, 'token', new AbortController().signal)
    vi.advanceTimersByTime(10_000)
    expect(ask).toHaveBeenCalledTimes(1)
    await answerAll()
    vi.advanceTimersByTime(10_000)
    expect(ask).toHaveBeenCalledTimes(2)
    expect(lease.signal.aborted).toBe(false)
    lease.end()
  })
})
