import { createServer, type IncomingMessage, request as send, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { type FaultOrder, startVwoSimulator, type VwoSimulatorOptions } from '@vwo-hub/sandbox'
import { fetch } from 'undici'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import vwoSdk from 'vwo-node-sdk'

const settingsFile = { version: 1, accountId: 7, campaigns: [], groups: {} }
const text = JSON.stringify(settingsFile)

async function start(options: Partial<VwoSimulatorOptions> = {}) {
  const simulator = await startVwoSimulator({
    settingsFile,
    accountId: 7,
    sdkKey: 'key',
    retry: { minMs: 1, maxMs: 5 },
    ...options,
  })
  onTestFinished(simulator.close)
  return simulator
}

const query = '?a=7&i=key&r=0.5&platform=server&sdk=vwo-node-sdk&sdk-v=1.73.0'

/** A webhook receiver that answers with these statuses in turn, the last one for ever. */
async function startReceiver(...statuses: number[]) {
  const received: { method: string | undefined; headers: IncomingMessage['headers']; body: unknown }[] = []
  const server = createServer((request, response) => {
    void answer(request, response)
  })
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    received.push({ method: request.method, headers: request.headers, body: await json(request) })
    response.writeHead(statuses[Math.min(received.length, statuses.length) - 1] ?? 500).end()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { received, url: `http://127.0.0.1:${port}/webhooks/prod` }
}

describe('the settings-file at the simulated VWO', () => {
  it.each(['/server-side/settings', '/server-side/pull'])('is served at %s as it was given', async (path) => {
    const simulator = await start({ settingsFile: '{"accountId": 7, "broken":' })
    const response = await fetch(`${simulator.url}${path}${query}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(response.headers.has('etag')).toBe(false)
    expect(await response.text()).toBe('{"accountId": 7, "broken":')
  })

  it.each(['?a=7&i=other', '?a=8&i=key', '?a=7', ''])(
    'is refused with VWO’s own error for a wrong account or key: %s',
    async (wrong) => {
      const simulator = await start()
      const response = await fetch(`${simulator.url}/server-side/settings${wrong}`)
      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({ message: 'Invalid api key' })
      expect(simulator.requests).toMatchObject([{ answer: 'refused' }])
    },
  )

  it('is what the SDK itself fetches, at both endpoints', async () => {
    const simulator = await start()
    // Of these, its typings know only the first; its code knows only the others.
    const place = {
      proxyUrl: '',
      protocol: 'http',
      hostname: '127.0.0.1',
      port: simulator.port,
      path: `/server-side/settings${query}`,
    }
    const fetched = await vwoSdk.getSettingsFile('7', 'key', undefined, place)
    expect(fetched).toEqual(settingsFile)
    expect(simulator.requests).toMatchObject([
      { endpoint: 'settings', query: { a: '7', i: 'key', 'sdk-v': '1.73.0' }, answer: 'settings-file' },
    ])
  })

  it('has an ETag only when told to, and then answers 304 to whoever has it', async () => {
    const simulator = await start({ etag: true })
    const url = `${simulator.url}/server-side/settings${query}`
    const etag = (await fetch(url)).headers.get('etag') ?? ''
    const again = await fetch(url, { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
    expect(await again.text()).toBe('')
    await simulator.set({ ...settingsFile, version: 2 })
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(200)
    simulator.useEtag(false)
    expect((await fetch(url)).headers.has('etag')).toBe(false)
  })

  it('is what it was when it was asked for, however late the answer', async () => {
    const simulator = await start()
    simulator.fault({ kind: 'delay', delayMs: 50, times: 1 })
    const slow = fetch(`${simulator.url}/server-side/settings${query}`)
    await simulator.requested(1)
    await simulator.set({ ...settingsFile, version: 2 })
    expect(await (await slow).json()).toEqual(settingsFile)
  })
})

describe('a fault of the simulated VWO', () => {
  let simulator: Awaited<ReturnType<typeof start>>
  beforeEach(async () => {
    simulator = await start()
  })

  /** The answer to one request, as far as it came. */
  async function ask(order?: FaultOrder, endpoint = 'settings') {
    if (order !== undefined) simulator.fault({ ...order, times: 1 })
    const response = await fetch(`${simulator.url}/server-side/${endpoint}${query}`)
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    }
  }

  it('status: another status, with VWO’s form of body or one’s own', async () => {
    expect(await ask({ kind: 'status', status: 503 })).toMatchObject({
      status: 503,
      body: '{"message":"Simulated 503"}',
    })
    expect(await ask({ kind: 'status', status: 429, body: 'slower' })).toMatchObject({
      status: 429,
      body: 'slower',
    })
  })

  it('outdated: what there was before the last change', async () => {
    await simulator.set({ ...settingsFile, version: 2 })
    expect((await ask({ kind: 'outdated' })).body).toBe(text)
    expect(JSON.parse((await ask()).body)).toMatchObject({ version: 2 })
  })

  it('truncation: the connection ends before the announced length', async () => {
    simulator.fault({ kind: 'truncation', bytes: 5 })
    const response = await fetch(`${simulator.url}/server-side/settings${query}`)
    expect(response.headers.get('content-length')).toBe(String(text.length))
    await expect(response.text()).rejects.toThrow()
  })

  it('content-type: HTML with status 200', async () => {
    expect(await ask({ kind: 'content-type' })).toMatchObject({
      status: 200,
      type: 'text/html; charset=utf-8',
      body: expect.stringContaining('<h1>'),
    })
  })

  it('hang: accepted, never answered, ended by close', async () => {
    simulator.fault({ kind: 'hang' })
    const hanging = fetch(`${simulator.url}/server-side/settings${query}`)
    const failed = expect(hanging).rejects.toThrow()
    await simulator.requested(1)
    await simulator.close()
    await failed
  })

  it('drip: the whole, in many pieces', async () => {
    simulator.fault({ kind: 'drip', bytes: 8, everyMs: 1 })
    const response = await fetch(`${simulator.url}/server-side/settings${query}`)
    const pieces: string[] = []
    const decoder = new TextDecoder()
    for await (const piece of response.body ?? []) pieces.push(decoder.decode(piece))
    expect(pieces.join('')).toBe(text)
    expect(pieces.length).toBeGreaterThan(3)
  })

  it('gzip-bomb: valid, small on the wire, large once decompressed', async () => {
    simulator.fault({ kind: 'gzip-bomb', bytes: 5_000_000 })
    const response = await fetch(`${simulator.url}/server-side/settings${query}`)
    expect(response.headers.get('content-encoding')).toBe('gzip')
    const body = await response.text()
    expect(body.length).toBe(5_000_000)
    expect(JSON.parse(body)).toEqual(settingsFile)
  })

  it('other-account: the file of somebody else', async () => {
    const { body } = await ask({ kind: 'other-account', accountId: 8 })
    expect(JSON.parse(body)).toEqual({ ...settingsFile, accountId: 8 })
  })

  it('oversized: valid, and as long as told', async () => {
    const { body } = await ask({ kind: 'oversized', bytes: 3_000_000 })
    expect(body.length).toBe(3_000_000)
    expect(JSON.parse(body)).toEqual(settingsFile)
  })

  it('reset: the connection ends without an answer', async () => {
    await expect(ask({ kind: 'reset' })).rejects.toThrow()
  })

  it('concerns one endpoint, and as many requests as told, one fault after the other', async () => {
    simulator.fault({ kind: 'status', status: 500, endpoint: 'pull', times: 2 })
    simulator.fault({ kind: 'status', status: 501, endpoint: 'pull', times: 1 })
    const statuses = []
    for (const endpoint of ['pull', 'settings', 'pull', 'pull', 'pull']) {
      statuses.push((await ask(undefined, endpoint)).status)
    }
    expect(statuses).toEqual([500, 200, 500, 501, 200])
  })

  it('lasts until it is taken back or all are cleared', async () => {
    const takeBack = simulator.fault({ kind: 'status', status: 500 })
    simulator.fault({ kind: 'status', status: 501 })
    expect((await ask()).status).toBe(500)
    takeBack()
    expect((await ask()).status).toBe(501)
    simulator.clearFaults()
    expect((await ask()).status).toBe(200)
  })

  it('does not reach whoever has a wrong key', async () => {
    simulator.fault({ kind: 'status', status: 500, times: 1 })
    expect((await fetch(`${simulator.url}/server-side/settings?a=7&i=wrong`)).status).toBe(400)
    expect((await ask()).status).toBe(500)
  })
})

describe('a webhook of the simulated VWO', () => {
  it('is VWO’s JSON, in seconds, naming neither account nor key, with the secret in x-vwo-auth', async () => {
    const receiver = await startReceiver(200)
    const simulator = await start({ webhook: { url: receiver.url, secret: 'sesame' } })
    const before = Math.floor(Date.now() / 1000)
    expect(await simulator.set({ ...settingsFile, version: 2 })).toBe(true)
    expect(receiver.received).toEqual([
      {
        method: 'POST',
        headers: expect.objectContaining({ 'x-vwo-auth': 'sesame', 'content-type': 'application/json' }),
        body: {
          timestamp: expect.any(Number),
          event: 'settings_changed',
          action: 'campaign_settings_changed',
          triggered_by: 'vwo',
        },
      },
    ])
    const [{ body } = { body: undefined }] = receiver.received
    const { timestamp } = body as { timestamp: number }
    expect(timestamp - before).toBeOneOf([0, 1])
  })

  it('carries no x-vwo-auth without a secret', async () => {
    const receiver = await startReceiver(200)
    const simulator = await start({ webhook: { url: receiver.url } })
    await simulator.post()
    expect(receiver.received[0]?.headers).not.toHaveProperty('x-vwo-auth')
  })

  it('is posted again, unchanged, on anything but exactly 200', async () => {
    const receiver = await startReceiver(202, 204, 401, 503, 200)
    const simulator = await start({ webhook: { url: receiver.url } })
    expect(await simulator.post()).toBe(true)
    expect(simulator.attempts.map(({ status }) => status)).toEqual([202, 204, 401, 503, 200])
    expect(new Set(receiver.received.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  })

  it('is posted again while nobody answers, until closed', async () => {
    const simulator = await start({ webhook: { url: 'http://127.0.0.1:1/' } })
    const accepted = simulator.post()
    await simulator.posts(2)
    expect(simulator.attempts.map(({ status }) => status)).toEqual([undefined, undefined])
    await simulator.close()
    expect(await accepted).toBe(false)
    expect(await simulator.post()).toBe(false)
  })

  it('goes to where it is announced to, with the secret of that moment', async () => {
    const receiver = await startReceiver(200)
    const simulator = await start()
    expect(await simulator.post()).toBe(false)
    simulator.announceTo({ url: receiver.url, secret: 'first' })
    await simulator.post()
    simulator.announceTo({ url: receiver.url, secret: 'second' })
    await simulator.post()
    expect(receiver.received.map(({ headers }) => headers['x-vwo-auth'])).toEqual(['first', 'second'])
  })

  it('is given up when its time is over', async () => {
    const receiver = await startReceiver(500)
    const simulator = await start({
      webhook: { url: receiver.url },
      retry: { minMs: 5, maxMs: 5, forMs: 500 },
    })
    expect(await simulator.post()).toBe(false)
    expect(simulator.attempts.length).toBeGreaterThan(1)
  })

  it('is not posted for a change that VWO does not announce', async () => {
    const receiver = await startReceiver(200)
    const simulator = await start({ webhook: { url: receiver.url } })
    expect(await simulator.set({ ...settingsFile, version: 2 }, { announce: false })).toBe(false)
    expect(await simulator.set({ ...settingsFile, version: 3 })).toBe(true)
    expect(receiver.received).toHaveLength(1)
  })
})

describe('the control endpoint of the simulated VWO', () => {
  it('changes the settings-file and posts the webhook', async () => {
    const receiver = await startReceiver(200)
    const simulator = await start({ webhook: { url: receiver.url } })
    const answer = await fetch(`${simulator.url}/simulator/settings`, {
      method: 'PUT',
      body: '{"accountId": 7}',
    })
    expect(answer.status).toBe(200)
    await simulator.posts(1)
    expect(await (await fetch(`${simulator.url}/server-side/pull${query}`)).text()).toBe('{"accountId": 7}')
  })

  it.each([
    ['by another name', { host: 'attacker.example' }],
    ['for a page of another site', { origin: 'https://attacker.example' }],
    ['for a page of another site that says no more', { 'sec-fetch-site': 'cross-site' }],
  ])('does nothing %s', async (_, headers) => {
    const simulator = await start()
    const { hostname, port } = new URL(simulator.url)
    const options = { hostname, port, path: '/simulator/faults', method: 'POST', headers }
    const [refused] = (await once(send(options).end('{"kind":"status","status":500}'), 'response')) as [
      IncomingMessage,
    ]
    refused.resume()
    expect(refused.statusCode).toBe(403)
    expect(await (await fetch(`${simulator.url}/simulator/faults`)).json()).toEqual([])
  })

  it('takes, shows and clears faults, and says what is wrong with an unknown one', async () => {
    const simulator = await start()
    const faults = `${simulator.url}/simulator/faults`
    const order = { kind: 'status', status: 500, times: 3 }
    expect((await fetch(faults, { method: 'POST', body: JSON.stringify(order) })).status).toBe(201)
    expect(await (await fetch(faults)).json()).toEqual([order])
    expect(await (await fetch(faults, { method: 'DELETE' })).json()).toEqual([])
    for (const body of ['{"kind":"haunted"}', 'no JSON', '{"kind":"delay"}']) {
      const refused = await fetch(faults, { method: 'POST', body })
      expect(refused.status).toBe(400)
      expect(await refused.json()).toMatchObject({ error: { code: 'fault-invalid' } })
    }
  })

  it('[invariant 8] shows the requests without the sdkKey', async () => {
    const simulator = await start({ sdkKey: 'very-secret' })
    await fetch(`${simulator.url}/server-side/settings?a=7&i=very-secret`)
    const shown = await (await fetch(`${simulator.url}/simulator/requests`)).text()
    expect(JSON.parse(shown)).toMatchObject({ requests: [{ endpoint: 'settings', query: { a: '7' } }] })
    expect(shown).not.toContain('very-secret')
  })
})

describe('the simulator itself', () => {
  it('serves a file from disk, and says when there is nothing to serve', async () => {
    const simulator = await start({
      settingsFile: undefined,
      file: `${import.meta.dirname}/../package.json`,
    } as never)
    const response = await fetch(`${simulator.url}/server-side/settings${query}`)
    expect(await response.json()).toMatchObject({ name: '@vwo-hub/test' })
    await expect(startVwoSimulator({ accountId: 7, sdkKey: 'key' })).rejects.toMatchObject({
      code: 'config-invalid',
    })
  })

  it('says that a port is taken', async () => {
    const { port } = await start()
    await expect(start({ port })).rejects.toMatchObject({
      code: 'address-unusable',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    })
  })

  it('answers everything else with an error of VWO’s form', async () => {
    const simulator = await start()
    const post = await fetch(`${simulator.url}/server-side/settings${query}`, { method: 'POST' })
    expect([post.status, await post.json()]).toEqual([405, { message: 'Method not allowed' }])
    const other = await fetch(`${simulator.url}/favicon.ico`)
    expect([other.status, await other.json()]).toEqual([404, { message: 'Not found' }])
  })
})
