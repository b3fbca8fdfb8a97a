import { setImmediate } from 'node:timers/promises'
import type { Context } from 'hono'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createHub } from '@vwo-hub/hub'
import { createTokenCheck } from '../../packages/hub/dist/http/access/token-check.js'
import { createLog } from '../../packages/hub/dist/log/log.js'
import { environmentConfig, hubConfig, silentLog } from '../support/hub-config.ts'

const token = 'the-token-of-the-admins'

/** A hub whose Redis is away: its answers to tokens do not depend on it. */
async function startHub() {
  const lines: string[] = []
  const log = createLog({
    level: 'warn',
    secrets: [token],
    destination: { write: (line: string) => void lines.push(line) },
  })
  const hub = createHub(
    hubConfig({
      redis: { kind: 'standalone', url: 'redis://127.0.0.1:9' },
      environments: [environmentConfig()],
      adminToken: token,
    }),
    { log },
  )
  onTestFinished(() => hub.close())
  const { adminUrl } = await hub.start()
  const ask = async (given: string, path = '/v1/environments') => {
    const startedAt = performance.now()
    const response = await fetch(`${adminUrl}${path}`, { headers: { Authorization: `Bearer ${given}` } })
    const ms = performance.now() - startedAt
    return { status: response.status, headers: response.headers, text: await response.text(), ms }
  }
  const logIn = async (given: string) =>
    await fetch(`${adminUrl}/login`, { method: 'POST', body: new URLSearchParams({ token: given }) })
  return { ask, logIn, refusals: () => lines.filter((line) => line.includes('admin token refused')) }
}

describe('whoever guesses the admin token', () => {
  it('is answered a second later from the sixth wrong one on, by the API and by the login', async () => {
    const { ask, logIn } = await startHub()
    for (let count = 0; count < 5; count += 1) {
      const first = await ask('wrong')
      expect([first.status, first.ms < 900]).toEqual([401, true])
    }
    const { status, ms } = await ask('wrong')
    expect([status, ms > 900]).toEqual([401, true])
    const startedAt = performance.now()
    expect((await logIn('wrong')).status).toBe(401)
    expect(performance.now() - startedAt).toBeGreaterThan(900)
    expect((await ask(token)).ms).toBeLessThan(900)
  })

  it('learns nothing of more than twenty at once, not even from the right one', async () => {
    const { ask, logIn } = await startHub()
    await Promise.all(Array.from({ length: 5 }, () => ask('wrong')))
    const startedAt = performance.now()
    const waiting = Array.from({ length: 60 }, () => ask('wrong'))
    const statuses = Promise.all(waiting.map(async (answer) => (await answer).status))
    const first = await Promise.race(waiting)
    expect([first.status, first.text]).toEqual([429, expect.stringContaining('"code":"too-many-requests"')])
    expect(first.headers.get('retry-after')).toBe('1')
    expect((await ask(token)).status).toBe(429)
    expect((await logIn(token)).status).toBe(429)
    const all = await statuses
    // On a busy machine the last of them come when the first have been answered.
    const seconds = Math.max(1, Math.floor((performance.now() - startedAt) / 1000))
    const answered = all.filter((status) => status === 401).length
    expect(answered).toBeGreaterThanOrEqual(20)
    expect(answered).toBeLessThanOrEqual(20 * seconds)
    expect(all).toContain(429)
    expect((await ask(token)).status).toBe(200)
    // Also those that were not looked at.
    expect((await ask(token, '/metrics')).text).toMatch(/^vwo_hub_admin_tokens_refused_total 67$/m)
  })

  /** One check for all addresses. @returns `waits` of who is not answered at once. */
  function checking() {
    const { check } = createTokenCheck(() => token, silentLog)
    return async (address: string) => {
      const context = { env: { incoming: { socket: { remoteAddress: address } } } } as unknown as Context
      return await Promise.race([check(context, 'wrong'), setImmediate('waits')])
    }
  }

  it('[invariant 9] is remembered by address, of ten thousand at most', async () => {
    const check = checking()
    for (let count = 0; count < 5; count += 1) expect(await check('10.0.0.1')).toBe('wrong')
    expect(await check('10.0.0.2')).toBe('wrong')
    for (let count = 0; count < 5; count += 1) expect(await check('10.0.0.3')).toBe('wrong')
    // As many as push out the first of them; coming anew it pushes out the second.
    for (let other = 0; other < 9_998; other += 1) await check(`address ${other}`)
    expect(await check('10.0.0.1')).toBe('wrong')
    expect(await check('10.0.0.3')).toBe('waits')
  })

  it.each([
    ['2001:db8::1', '2001:db8:0:0:ffff::2', '2001:db8:0:1::1'],
    ['fe80::1%eth0', 'fe80::2%eth0', 'fe80:0:0:1::1'],
    ['::1', '::2:3', '0:0:0:1::'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1', '::ffff:10.0.0.2'],
  ])(
    'is one with IPv6 wherever the first half of its address is the same: %s',
    async (one, same, another) => {
      const check = checking()
      for (let count = 0; count < 5; count += 1) expect(await check(one)).toBe('wrong')
      expect(await check(another)).toBe('wrong')
      expect(await check(same)).toBe('waits')
    },
  )

  it('is given five others after a minute, but not while one of them waits', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(1_000)
    onTestFinished(() => now.mockRestore())
    const check = checking()
    const times = async (count: number) => {
      const answers = new Set<string>()
      for (let done = 0; done < count; done += 1) answers.add(await check('10.0.0.1'))
      return [...answers]
    }
    expect(await times(5)).toEqual(['wrong'])
    now.mockReturnValue(61_001)
    expect(await times(5)).toEqual(['wrong'])
    expect(await times(1)).toEqual(['waits'])
    now.mockReturnValue(122_001)
    expect(await times(1)).toEqual(['waits'])
  })

  it('is counted, and logged once a minute with the address', async () => {
    const { ask, refusals } = await startHub()
    for (let count = 0; count < 4; count += 1) await ask('wrong')
    expect(refusals()).toHaveLength(1)
    expect(JSON.parse(refusals()[0] ?? '')).toMatchObject({ level: 'warn', count: 1, address: '127.0.0.1' })
    expect((await ask(token, '/metrics')).text).toMatch(/^vwo_hub_admin_tokens_refused_total 4$/m)
  })
})
