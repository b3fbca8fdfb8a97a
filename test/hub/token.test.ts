import { describe, expect, it, onTestFinished } from 'vitest'
import { createHub } from '@vwo-hub/hub'
import { createLog } from '../../packages/hub/dist/log/log.js'
import { environmentConfig, hubConfig } from '../support/hub-config.ts'

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
    return { status: response.status, text: await response.text(), ms: performance.now() - startedAt }
  }
  const logIn = async (given: string) =>
    await fetch(`${adminUrl}/login`, { method: 'POST', body: new URLSearchParams({ token: given }) })
  return { ask, logIn, refusals: () => lines.filter((line) => line.includes('admin token refused')) }
}

describe('whoever guesses the admin token', () => {
  it('is answered a second later from the sixth wrong one on, by the API and by the login', async () => {
    const { ask, logIn } = await startHub()
    for (let count = 0; count < 5; count += 1) expect((await ask('wrong')).status).toBe(401)
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
  })

  it('is counted, and logged once a minute with the address', async () => {
    const { ask, refusals } = await startHub()
    for (let count = 0; count < 4; count += 1) await ask('wrong')
    expect(refusals()).toHaveLength(1)
    expect(JSON.parse(refusals()[0] ?? '')).toMatchObject({ level: 'warn', count: 1, address: '127.0.0.1' })
    expect((await ask(token, '/metrics')).text).toMatch(/^vwo_hub_admin_tokens_refused_total 4$/m)
  })
})
