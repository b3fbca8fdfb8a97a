import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLog } from '../../packages/hub/dist/log/log.js'
import {
  createWebhookApp,
  MAX_BODY_BYTES,
  type WebhookEnvironment,
} from '../../packages/hub/dist/http/webhook/webhook.js'
import { UNKNOWN_ENVIRONMENT } from '../../packages/hub/dist/http/unknown-environment.js'
import { createRefusalLimit, REFUSALS_PER_MINUTE } from '../../packages/hub/dist/http/refusal-limit.js'

const secret = 'the-secret-of-prod'
const vwoBody = JSON.stringify({
  timestamp: 1_606_482_285,
  event: 'settings_changed',
  action: 'campaign_settings_changed',
  triggered_by: 'vwo',
})

function setUp(environments: Record<string, Partial<WebhookEnvironment>> = {}) {
  const requested: string[] = []
  const reports: [environment: string, count: number][] = []
  const lines: string[] = []
  const all: Record<string, Partial<WebhookEnvironment>> = { prod: { secrets: [secret] }, ...environments }
  const app = createWebhookApp({
    environments: new Map(
      Object.entries(all).map(([name, overrides]) => {
        const requestRefresh = async () => requested.push(name)
        const environment = { secrets: [], allowUnauthenticated: false, requestRefresh, ...overrides }
        return [name, environment] satisfies [string, WebhookEnvironment]
      }),
    ),
    onRefused: (environment, count) => void reports.push([environment, count]),
    log: createLog({
      level: 'trace',
      secrets: [secret],
      destination: { write: (line: string) => void lines.push(line) },
    }),
  })
  const post = (environment: string, headers: Record<string, string> = {}, body: string = vwoBody) =>
    app.request(`/webhooks/${environment}`, { method: 'POST', headers, body })
  return { app, post, requested, reports, lines }
}

const errorOf = async (answer: Response) => ({
  status: answer.status,
  ...((await answer.json()) as { error: { code: string; message: string } }).error,
})

describe('a webhook with the right secret', () => {
  const right = { 'x-vwo-auth': secret }

  it('has a line in the log for its ticket, which all of one moment share', async () => {
    let ticket = 7
    const { post, lines } = setUp({ prod: { secrets: [secret], requestRefresh: async () => ticket } })
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
    const { post, app } = setUp({ prod: { secrets: [secret], requestRefresh: () => stored } })
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
    const { post, app, lines } = setUp({
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
    const { post, lines } = setUp({
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
    const { post, app, lines } = setUp({
      prod: { secrets: [secret], requestRefresh: () => Promise.reject(fault) },
    })
    expect(await errorOf(await post('prod', right))).toMatchObject({ status: 500, code: 'internal' })
    expect(app.counts.get('prod')).toMatchObject({ accepted: 0, unavailable: 0 })
    const [line] = lines.map((text) => JSON.parse(text) as { level: string; err: { stack: string } })
    expect(line).toMatchObject({ level: 'error', err: { message: fault.message } })
    expect(line?.err.stack).toMatch(/webhook\.test\.ts:/)
  })

  it('may carry any of several secrets, for as long as VWO is given a new one', async () => {
    const { post } = setUp({ prod: { secrets: ['old-secret', secret] } })
    expect((await post('prod', { 'x-vwo-auth': 'old-secret' })).status).toBe(200)
    expect((await post('prod', right)).status).toBe(200)
    expect((await post('prod', { 'x-vwo-auth': 'another' })).status).toBe(401)
  })

  it('is accepted with an unknown event and with fields that nobody knows: it is only a hint', async () => {
    const { post, requested } = setUp()
    for (const body of ['{}', '{"event":"unheard_of","more":[1]}', '{"action":5}', ' {"a":1}\n']) {
      expect((await post('prod', right, body)).status).toBe(200)
    }
    expect(requested).toHaveLength(4)
  })

  it('is never dropped as a duplicate: two changes of one second send the same body', async () => {
    const { post, requested } = setUp()
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
    const { post, requested, app } = setUp()
    expect(await errorOf(await post('prod', right, body))).toEqual({
      status: 400,
      code: 'malformed',
      message: `Expected a JSON object such as {"event":"settings_changed"}, got ${got}.`,
    })
    expect(requested).toEqual([])
    expect(app.counts.get('prod')).toMatchObject({ malformed: 1, accepted: 0 })
  })

  it('may have an empty body, and a slash at the end of its path', async () => {
    const { post, requested } = setUp()
    expect((await post('prod', right, '')).status).toBe(200)
    expect((await post('prod/', right)).status).toBe(200)
    expect(requested).toEqual(['prod', 'prod'])
  })

  it('survives a body nested to the limit', async () => {
    const { post } = setUp()
    const half = MAX_BODY_BYTES / 2
    expect((await post('prod', right, '['.repeat(half) + ']'.repeat(half))).status).toBe(400)
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
    const { post, requested, app } = setUp()
    expect((await post('prod', headers as Record<string, string>)).status).toBe(401)
    expect(requested).toEqual([])
    expect(app.counts.get('prod')).toMatchObject({ refused: 1, accepted: 0 })
  })

  it('is answered like one for an environment that does not exist: same body, same headers', async () => {
    const { app, post } = setUp()
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
    expect(app.counts.get(UNKNOWN_ENVIRONMENT)).toMatchObject({ refused: 2 })
  })

  it('is refused by its secret before its body is looked at', async () => {
    const { post } = setUp()
    expect((await post('prod', {}, '{ no JSON')).status).toBe(401)
    expect((await post('prod', { 'content-length': '999999999' })).status).toBe(401)
  })

  it('is accepted where that is allowed and there is no secret, and only there', async () => {
    const { post } = setUp({
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
    const { post, lines } = setUp()
    await post('prod', { 'x-vwo-auth': 'a-guess-of-mine' })
    await post('prod', { 'x-vwo-auth': secret })
    expect(lines.join('')).not.toMatch(/a-guess-of-mine|the-secret-of-prod/)
    expect(lines).not.toEqual([])
  })
})

describe('a storm of refused webhooks', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('[invariant 9] of an hour with a wrong secret costs 60 reports and 429s, and no refresh', async () => {
    const { app, post, reports, requested, lines } = setUp()
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
    const { post, requested } = setUp()
    const wrong = { 'x-vwo-auth': 'wrong' }
    for (let n = 0; n < REFUSALS_PER_MINUTE; n += 1) expect((await post('prod', wrong)).status).toBe(401)
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
    const { post, app, lines } = setUp()
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
    expect(app.counts.get(UNKNOWN_ENVIRONMENT)?.refused).toBeGreaterThan(near.length)
  })

  it('to a path that is nearly the right one is one line a minute', async () => {
    const { app, lines } = setUp()
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
    const { post, reports, app, lines } = setUp()
    for (let n = 0; n < 200; n += 1) await post(`made-up-${n}`)
    vi.advanceTimersByTime(120_000)
    expect(reports).toEqual([])
    expect(lines).toEqual([])
    expect(app.counts.size).toBe(2)
    expect(app.counts.get(UNKNOWN_ENVIRONMENT)?.refused).toBe(200)
  })
})

describe('the limit for refusals', () => {
  const refuse = (limit: ReturnType<typeof createRefusalLimit>, address: string, times: number) =>
    Array.from({ length: times }, () => limit(address)).at(-1)

  it('counts each address for itself, and says how long to wait', () => {
    let now = 1000
    const limit = createRefusalLimit(() => now)
    expect(refuse(limit, '10.0.0.1', REFUSALS_PER_MINUTE)).toBe(0)
    now += 20_500
    expect(limit('10.0.0.1')).toBe(40)
    expect(limit('10.0.0.2')).toBe(0)
    now += 39_500
    expect(limit('10.0.0.1')).toBe(0)
  })

  it('[invariant 9] remembers only so many addresses: the one refused longest ago is forgotten first', () => {
    const limit = createRefusalLimit(() => 0)
    refuse(limit, 'first', REFUSALS_PER_MINUTE + 1)
    for (let n = 0; n < 9999; n += 1) limit(`10.0.${n}`)
    expect(limit('first')).toBe(60)
    limit('one more')
    expect(limit('first')).toBe(0)
  })
})

describe('the public listener', () => {
  it('answers other methods with 405 and Allow, other paths with 404, and says that it is well', async () => {
    const { app } = setUp()
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

describe('over a real connection', () => {
  let server: Server
  let hub: ReturnType<typeof setUp>
  const sockets: Socket[] = []

  beforeEach(async () => {
    hub = setUp()
    server = createAdaptorServer({ fetch: hub.app.fetch }) as Server
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  /** Sends the head of a request, and collects what comes back until the server closes or has answered. */
  function open(headers: string[]) {
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('expected a listening server')
    const socket = connect(address.port, '127.0.0.1')
    sockets.push(socket)
    let received = ''
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()))
    socket.on('error', () => {})
    socket.write(['POST /webhooks/prod HTTP/1.1', 'Host: hub', ...headers, '', ''].join('\r\n'))
    return {
      socket,
      received: () => received,
      status: () =>
        vi.waitFor(() =>
          Number(/^HTTP\/1\.1 (\d{3})[^]*\r\n\r\n/.exec(received)?.[1] ?? expect.fail('no answer yet')),
        ),
      closed: once(socket, 'close'),
    }
  }

  const right = `X-Vwo-Auth: ${secret}`

  it('a body that announces itself too large is answered with 413 before any of it is read', async () => {
    const { status, closed } = open([right, 'Content-Length: 10000000'])
    expect(await status()).toBe(413)
    await closed
    expect(hub.app.counts.get('prod')).toMatchObject({ tooLarge: 1, accepted: 0 })
  })

  it('a body without a length is left at the limit, whatever is still to come', async () => {
    const { socket, status, closed } = open([right, 'Transfer-Encoding: chunked'])
    const chunk = 'x'.repeat(16 * 1024)
    for (let n = 0; n < 5; n += 1) socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    expect(await status()).toBe(413)
    await closed
    expect(hub.requested).toEqual([])
  })

  it('a wrong secret is answered before the body has come, and the connection ends', async () => {
    const { status, closed, received } = open(['X-Vwo-Auth: wrong', 'Content-Length: 100'])
    expect(await status()).toBe(401)
    await closed
    expect(received()).toMatch(/connection: close/i)
  })

  it('a body that comes in pieces is waited for', async () => {
    const { socket, status } = open([right, `Content-Length: ${vwoBody.length}`])
    for (const character of vwoBody) socket.write(character)
    expect(await status()).toBe(200)
    expect(hub.requested).toEqual(['prod'])
  })

  it('a body that is cut off requests nothing and harms nobody', async () => {
    const arrived = once(server, 'request')
    const { socket } = open([right, `Content-Length: ${vwoBody.length}`])
    socket.write(vwoBody.slice(0, 20))
    await arrived
    socket.destroy()
    await vi.waitFor(() => expect(hub.app.counts.get('prod')?.malformed).toBe(1))
    expect(hub.requested).toEqual([])
    expect(hub.lines.join('')).not.toContain('failed')
  })

  it('two headers with the secret are one wrong secret, not a fault', async () => {
    const { status } = open([right, right, 'Content-Length: 2'])
    expect(await status()).toBe(401)
  })

  it('a secret of bytes that are no text is a wrong secret, not a fault', async () => {
    const { status } = open(['X-Vwo-Auth: \u00ff\u00fe\u00e9', 'Content-Length: 2'])
    expect(await status()).toBe(401)
  })
})
