import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { secret, setUpWebhooks } from '../support/webhook-app.ts'

/** So many of one address are answered with their reason, as docs/configuration.md says. */
const PER_MINUTE = 60

describe('a storm of refused webhooks', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('[invariant 9] of an hour with a wrong secret costs 60 reports and 429s, and no refresh', async () => {
    const { app, post, reports, requested, lines } = setUpWebhooks()
    const statuses = new Map<number, number>()
    for (let second = 0; second < 3600; second += 1) {
      const { status } = await post('prod', { 'x-vwo-auth': 'wrong' })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      vi.advanceTimersByTime(1000)
    }
    vi.advanceTimersByTime(60_000)
    expect(requested).toEqual([])
    expect(reports.length).toBeLessThanOrEqual(62)
    expect(lines.length).toBe(reports.length)
    expect(reports[0]).toEqual(['prod', 1])
    expect(reports.reduce((sum, [, count]) => sum + count, 0)).toBe(3600)
    expect(app.counts.get('prod')?.refused).toBe(3600)
    expect((statuses.get(401) ?? 0) + (statuses.get(429) ?? 0)).toBe(3600)
  })

  it('[invariant 9] is answered with 429 past the limit, while a right secret from the same address passes', async () => {
    const { post, requested } = setUpWebhooks()
    const wrong = { 'x-vwo-auth': 'wrong' }
    for (let n = 0; n < PER_MINUTE; n += 1) expect((await post('prod', wrong)).status).toBe(401)
    const limited = await post('prod', wrong)
    expect(limited.status).toBe(429)
    expect(limited.headers.get('retry-after')).toBe('60')
    expect((await post('nowhere', wrong)).status).toBe(429)
    expect((await post('prod', { 'x-vwo-auth': secret })).status).toBe(200)
    expect(requested).toEqual(['prod'])
    vi.advanceTimersByTime(60_000)
    expect((await post('prod', wrong)).status).toBe(401)
  })

  it('for a name that is nearly one of ours is one line a minute, cut and escaped', async () => {
    const { post, ofStrangers, lines } = setUpWebhooks()
    const near = ['Prod', 'prod%20', 'production', 'prdo', 'prox', 'pro', 'prod\u001b[31m' + 'd'.repeat(300)]
    for (const name of near) expect((await post(encodeURIComponent(name))).status).toBe(401)
    vi.advanceTimersByTime(60_000)
    for (const name of ['stage', 'p', 'd', 'rodigious']) await post(name)
    const told = lines.map((line) => JSON.parse(line) as { got: string; count: number; msg: string })
    expect(told.map(({ got, count }) => [got, count])).toEqual([
      ['Prod', 1],
      [`prod\uFFFD[31m${'d'.repeat(70)}…`, near.length - 1],
    ])
    expect(told[0]?.msg).toMatch(/^webhooks refused: there is no such environment/)
    expect(ofStrangers()?.refused).toBeGreaterThan(near.length)
  })

  it('to a path that is nearly the right one is one line a minute', async () => {
    const { app, lines } = setUpWebhooks()
    for (const path of [
      '/webhook/prod',
      '//webhooks/prod',
      '/webhooks',
      '/robots.txt',
      `/${'x'.repeat(99)}webhooks`,
    ])
      expect((await app.request(path, { method: 'POST' })).status).toBe(404)
    vi.advanceTimersByTime(60_000)
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { got: '/webhook/prod', count: 1, expected: '/webhooks/<environment>' },
      { got: '/webhooks', count: 2 },
    ])
  })

  it('is not reported by names that the sender chooses', async () => {
    const { post, reports, app, ofStrangers, lines } = setUpWebhooks()
    for (let n = 0; n < 200; n += 1) await post(`made-up-${n}`)
    vi.advanceTimersByTime(120_000)
    expect(reports).toEqual([])
    expect(lines).toEqual([])
    expect(app.counts.size).toBe(2)
    expect(ofStrangers()?.refused).toBe(200)
  })

  it('is counted for each address, and each is told how long to wait', async () => {
    const { guess } = setUpWebhooks()
    const answer = async (address: string) => {
      const { status, headers } = await guess(address)
      return [status, headers.get('retry-after')]
    }
    for (let n = 0; n < PER_MINUTE; n += 1) expect(await answer('10.0.0.1')).toEqual([401, null])
    vi.advanceTimersByTime(20_500)
    expect(await answer('10.0.0.1')).toEqual([429, '40'])
    expect(await answer('10.0.0.2')).toEqual([401, null])
    vi.advanceTimersByTime(39_500)
    expect(await answer('10.0.0.1')).toEqual([401, null])
  })

  it('[invariant 9] is remembered of so many addresses only: the one refused longest ago is forgotten first', async () => {
    const { guess } = setUpWebhooks()
    const statusOf = async (address: string) => (await guess(address)).status
    for (let n = 0; n <= PER_MINUTE; n += 1) await guess('10.1.0.0')
    for (let n = 0; n < 9999; n += 1) await guess(`10.0.${n >> 8}.${n & 255}`)
    expect(await statusOf('10.1.0.0')).toBe(429)
    await guess('10.2.0.0')
    expect(await statusOf('10.1.0.0')).toBe(401)
  })
})
