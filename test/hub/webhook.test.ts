import { describe, expect, it, vi } from 'vitest'
import { errorOf, secret, setUpWebhooks } from '../support/webhook-app.ts'

describe('a webhook with the right secret', () => {
  const right = { 'x-vwo-auth': secret }

  it('has a line in the log for its ticket, which all of one moment share', async () => {
    let ticket = 7
    const { post, lines } = setUpWebhooks({ prod: { secrets: [secret], requestRefresh: async () => ticket } })
    await Promise.all([post('prod', right), post('prod', right), post('prod', right)])
    ticket = 8
    await post('prod', right)
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { level: 'info', msg: 'webhook', environment: 'prod', ticket: 7, action: 'campaign_settings_changed' },
      { level: 'info', msg: 'webhook', environment: 'prod', ticket: 8, action: 'campaign_settings_changed' },
    ])
  })

  it('is answered with 200 once the refresh is requested, and not before', async () => {
    let store: (ticket: number) => void = () => {}
    const stored = new Promise<number>((resolve) => (store = resolve))
    const { post, app } = setUpWebhooks({ prod: { secrets: [secret], requestRefresh: () => stored } })
    const answers: number[] = []
    const answered = Promise.resolve(post('prod', right)).then(({ status }) => answers.push(status))
    await vi.waitFor(() => expect(app.counts.get('prod')?.accepted).toBe(0))
    expect(answers).toEqual([])
    store(1)
    await answered
    expect(answers).toEqual([200])
    expect(app.counts.get('prod')).toEqual({
      accepted: 1,
      refused: 0,
      malformed: 0,
      tooLarge: 0,
      unavailable: 0,
    })
  })

  it('is answered with 503 and Retry-After when Redis cannot be written, so that VWO sends it again', async () => {
    const { post, app, lines } = setUpWebhooks({
      prod: { secrets: [secret], requestRefresh: () => Promise.reject(new Error('Connection is closed.')) },
    })
    const answer = await post('prod', right)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(await errorOf(answer)).toMatchObject({ status: 503, code: 'redis-unreachable' })
    expect(app.counts.get('prod')).toMatchObject({ accepted: 0, unavailable: 1 })
    expect(lines.join('')).toContain('Connection is closed')
  })

  it('is a line for each reason why Redis cannot take it, then a count, and a line when it can again', async () => {
    let fault: Error | undefined = new Error('Connection is closed.')
    const { post, lines } = setUpWebhooks({
      prod: { secrets: [secret], requestRefresh: () => (fault ? Promise.reject(fault) : Promise.resolve(1)) },
    })
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      for (let count = 0; count < 20; count += 1) await post('prod', right)
      fault = new Error('Command timed out')
      for (let count = 0; count < 20; count += 1) await post('prod', right)
      vi.advanceTimersByTime(60_000)
      for (let count = 0; count < 20; count += 1) await post('prod', right)
      fault = undefined
      for (let count = 0; count < 3; count += 1) await post('prod', right)
    } finally {
      vi.useRealTimers()
    }
    const told = lines.map((line) => JSON.parse(line) as { msg: string; reason?: string; count?: number })
    expect(told.map(({ msg, reason, count }) => [msg, reason, count])).toEqual([
      ['webhooks not accepted', 'Connection is closed', 1],
      ['webhooks not accepted', 'Command timed out', 21],
      ['webhooks not accepted', 'Command timed out', 41],
      ['webhooks are accepted again', undefined, 60],
      ['webhook', undefined, undefined],
    ])
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(250)
  })

  it('is answered with 500 by a fault of the hub, which is not told as one of Redis', async () => {
    const fault = new TypeError('Cannot read properties of undefined')
    const { post, app, lines } = setUpWebhooks({
      prod: { secrets: [secret], requestRefresh: () => Promise.reject(fault) },
    })
    expect(await errorOf(await post('prod', right))).toMatchObject({ status: 500, code: 'internal' })
    expect(app.counts.get('prod')).toMatchObject({ accepted: 0, unavailable: 0 })
    const [line] = lines.map((text) => JSON.parse(text) as { level: string; err: { stack: string } })
    expect(line).toMatchObject({ level: 'error', err: { message: fault.message } })
    expect(line?.err.stack).toMatch(/webhook\.test\.ts:/)
  })

  it('may carry any of several secrets, for as long as VWO is given a new one', async () => {
    const { post } = setUpWebhooks({ prod: { secrets: ['old-secret', secret] } })
    expect((await post('prod', { 'x-vwo-auth': 'old-secret' })).status).toBe(200)
    expect((await post('prod', right)).status).toBe(200)
    expect((await post('prod', { 'x-vwo-auth': 'another' })).status).toBe(401)
  })

  it('is accepted with an unknown event and with fields that nobody knows: it is only a hint', async () => {
    const { post, requested } = setUpWebhooks()
    for (const body of ['{}', '{"event":"unheard_of","more":[1]}', '{"action":5}', ' {"a":1}\n']) {
      expect((await post('prod', right, body)).status).toBe(200)
    }
    expect(requested).toHaveLength(4)
  })

  it('is never dropped as a duplicate: two changes of one second send the same body', async () => {
    const { post, requested } = setUpWebhooks()
    await Promise.all([post('prod', right), post('prod', right)])
    expect(requested).toEqual(['prod', 'prod'])
  })

  it.each([
    ['{"event":', 'something else at its end'],
    ['{"event" "settings_changed"}', 'something else at line 1, column 10'],
    ['<html>', "something else at '<'"],
    ['null', 'null'],
    ['"settings_changed"', 'a string'],
    ['[{"event":"settings_changed"}]', 'an array'],
  ])('and the body %j is answered with 400, saying what was expected and got', async (body, got) => {
    const { post, requested, app } = setUpWebhooks()
    expect(await errorOf(await post('prod', right, body))).toEqual({
      status: 400,
      code: 'malformed',
      message: `Expected a JSON object such as {"event":"settings_changed"}, got ${got}.`,
    })
    expect(requested).toEqual([])
    expect(app.counts.get('prod')).toMatchObject({ malformed: 1, accepted: 0 })
  })

  it('may have an empty body, and a slash at the end of its path', async () => {
    const { post, requested } = setUpWebhooks()
    expect((await post('prod', right, '')).status).toBe(200)
    expect((await post('prod/', right)).status).toBe(200)
    expect(requested).toEqual(['prod', 'prod'])
  })

  it('survives a body nested to the limit, and takes none beyond it', async () => {
    const { post } = setUpWebhooks()
    const half = 32 * 1024
    const nested = '['.repeat(half) + ']'.repeat(half)
    expect((await post('prod', right, nested)).status).toBe(400)
    expect((await post('prod', right, `${nested} `)).status).toBe(413)
  })
})

describe('a webhook without the right secret', () => {
  it.each([
    ['wrong', { 'x-vwo-auth': 'the-secret-of-prof' }],
    ['shorter', { 'x-vwo-auth': 'x' }],
    ['longer', { 'x-vwo-auth': secret.repeat(100) }],
    ['empty', { 'x-vwo-auth': '' }],
    ['missing', {}],
    ['sent as a list', { 'x-vwo-auth': `${secret}, ${secret}` }],
    ['sent in another header', { authorization: `Bearer ${secret}` }],
  ])('is refused with 401 when it is %s, and nothing is done', async (_, headers) => {
    const { post, requested, app } = setUpWebhooks()
    expect((await post('prod', headers as Record<string, string>)).status).toBe(401)
    expect(requested).toEqual([])
    expect(app.counts.get('prod')).toMatchObject({ refused: 1, accepted: 0 })
  })

  it('is answered like one for an environment that does not exist: same body, same headers', async () => {
    const { post, ofStrangers } = setUpWebhooks()
    const [wrong, missing, unknown, encoded] = await Promise.all([
      post('prod', { 'x-vwo-auth': 'wrong' }),
      post('prod'),
      post('nowhere', { 'x-vwo-auth': secret }),
      post('__proto__', { 'x-vwo-auth': secret }),
    ])
    const seen = await Promise.all(
      [wrong, missing, unknown, encoded].map(async (answer) => ({
        status: answer.status,
        headers: [...answer.headers],
        body: await answer.text(),
      })),
    )
    expect(new Set(seen.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(seen[0]?.status).toBe(401)
    expect(ofStrangers()).toMatchObject({ refused: 2 })
  })

  it('is refused by its secret before its body is looked at', async () => {
    const { post } = setUpWebhooks()
    expect((await post('prod', {}, '{ no JSON')).status).toBe(401)
    expect((await post('prod', { 'content-length': '999999999' })).status).toBe(401)
  })

  it('is accepted where that is allowed and there is no secret, and only there', async () => {
    const { post } = setUpWebhooks({
      open: { secrets: [], allowUnauthenticated: true },
      both: { secrets: [secret], allowUnauthenticated: true },
      none: { secrets: [], allowUnauthenticated: false },
      empty: { secrets: [''], allowUnauthenticated: true },
    })
    const statuses = await Promise.all(
      ['open', 'both', 'none', 'empty'].map(async (name) => (await post(name)).status),
    )
    expect(statuses).toEqual([200, 401, 401, 401])
    expect((await post('open', { 'x-vwo-auth': 'anything' })).status).toBe(200)
  })

  it('[invariant 8] leaves neither its secret nor the right one in the log', async () => {
    const { post, lines } = setUpWebhooks()
    await post('prod', { 'x-vwo-auth': 'a-guess-of-mine' })
    await post('prod', { 'x-vwo-auth': secret })
    expect(lines.join('')).not.toMatch(/a-guess-of-mine|the-secret-of-prod/)
    expect(lines).not.toEqual([])
  })
})

describe('the public listener', () => {
  it('answers other methods with 405 and Allow, other paths with 404, and says that it is well', async () => {
    const { app } = setUpWebhooks()
    const cases = [
      ['GET', '/webhooks/prod', 405, 'POST'],
      ['PUT', '/webhooks/nowhere', 405, 'POST'],
      ['DELETE', '/healthz', 405, 'GET, HEAD'],
      ['POST', '/', 404, null],
      ['POST', '/webhooks', 404, null],
      ['POST', '/webhooks/prod/more', 404, null],
      ['GET', '/healthz', 200, null],
      ['HEAD', '/healthz', 200, null],
    ] as const
    for (const [method, path, status, allow] of cases) {
      const answer = await app.request(path, { method })
      expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, status, allow])
      if (status >= 400) expect((await errorOf(answer)).message).toMatch(/\.$/)
    }
  })
})
