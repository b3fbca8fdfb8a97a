import { getEventListeners, once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startVwoSimulator } from '@vwo-hub/sandbox'
import { HubError } from '../../packages/hub/dist/errors.js'
import { createFetcher, type FetcherOptions, type FetchRequest } from '../../packages/hub/dist/flow/fetch.js'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'

const sdkKey = 'a1b2c3d4e5f6-the-key'
const text = '{"version":1,"accountId":123456,"campaigns":[],"name":"Käse"}'
const json = { 'content-type': 'application/json; charset=utf-8' }

const closers: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** A VWO that answers as the test says. */
async function startServer(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const requests: IncomingMessage[] = []
  let connections = 0
  const server = createServer((request, response) => {
    requests.push(request)
    answer(response, request)
  })
  server.on('connection', () => (connections += 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, requests, connections: () => connections }
}

function fetcherFor(baseUrl: string, options: Partial<Omit<FetcherOptions, 'product' | 'environment'>> = {}) {
  const fetcher = createFetcher({
    product: defaultProduct,
    environment: {
      name: 'prod',
      accountId: '123456',
      sdkKey,
      baseUrl,
      sdk: 'vwo-node-sdk',
      sdkVersion: '1.73.0',
    },
    timeoutMs: 5000,
    maxBytes: 100_000,
    ...options,
  })
  closers.push(fetcher.close)
  return fetcher
}

/** Fetches from a VWO that answers so. */
async function fetchFrom(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
  options: Parameters<typeof fetcherFor>[1] & { readonly request?: Partial<FetchRequest> } = {},
) {
  const server = await startServer(answer)
  const { request, ...rest } = options
  return await fetcherFor(server.url, rest).fetchSettings({ endpoint: 'settings', ...request })
}

async function errorOf(fetching: Promise<unknown>): Promise<HubError> {
  const error = await fetching.then(
    () => expect.fail('expected a rejection'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof HubError)) throw error
  // [invariant 8] Whatever goes wrong: neither the key nor the query is told, not even by a cause.
  expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toMatch(/a1b2c3d4e5f6|platform=server/)
  expect(error.message).toMatch(
    /^Cannot fetch settings of "prod" from [\w.:]+: .+\. The last good revision stays\.$/,
  )
  return error
}

describe('the request', () => {
  it('is the one of the SDK: same paths, same query, no more', async () => {
    const { url, requests } = await startServer((response) => response.writeHead(200, json).end(text))
    const fetcher = fetcherFor(url)
    await fetcher.fetchSettings({ endpoint: 'settings' })
    await fetcher.fetchSettings({ endpoint: 'pull' })
    const [first, second] = requests.map((request) => new URL(request.url ?? '', url))
    expect(first?.pathname).toBe('/server-side/settings')
    expect(second?.pathname).toBe('/server-side/pull')
    const { r, ...query } = Object.fromEntries(first?.searchParams ?? [])
    expect(query).toEqual({
      a: '123456',
      i: sdkKey,
      platform: 'server',
      sdk: 'vwo-node-sdk',
      'sdk-v': '1.73.0',
    })
    expect(Number(r)).toBeGreaterThan(0)
    expect(second?.searchParams.get('r')).not.toBe(r)
    expect(requests[0]?.headers).not.toHaveProperty('if-none-match')
  })

  it('[invariant 8] is accepted by VWO, and refused with another key, which no error tells', async () => {
    const settingsFile = JSON.parse(text) as object
    const vwo = await startVwoSimulator({ settingsFile, accountId: '123456', sdkKey })
    closers.push(vwo.close)
    const result = await fetcherFor(vwo.url).fetchSettings({ endpoint: 'pull' })
    expect(result.kind === 'body' && JSON.parse(Buffer.from(result.body).toString())).toEqual(settingsFile)

    const other = await startVwoSimulator({ settingsFile, accountId: '123456', sdkKey: 'another-key' })
    closers.push(other.close)
    const error = await errorOf(fetcherFor(other.url).fetchSettings({ endpoint: 'settings' }))
    expect(error.code).toBe('vwo-refused')
    expect(error.message).toContain('VWO answered 400, "Invalid api key": check accountId and sdkKey')
  })

  it('goes to a host behind a path, always on the same connection', async () => {
    const { url, requests, connections } = await startServer((response) =>
      response.writeHead(200, json).end(text),
    )
    const fetcher = fetcherFor(`${url}/vwo/`)
    for (let n = 0; n < 20; n += 1) await fetcher.fetchSettings({ endpoint: 'settings' })
    expect(requests[0]?.url).toMatch(/^\/vwo\/server-side\/settings\?a=123456&/)
    expect(connections()).toBe(1)
  })

  it('carries the ETag of the file that is known, and 304 confirms it', async () => {
    const server = await startServer((response, { headers }) => {
      if (headers['if-none-match'] === '"v1"') response.writeHead(304).end()
      else response.writeHead(200, { ...json, etag: '"v1"' }).end(text)
    })
    const fetcher = fetcherFor(server.url)
    const first = await fetcher.fetchSettings({ endpoint: 'settings' })
    expect(first).toMatchObject({ kind: 'body', etag: '"v1"' })
    const second = await fetcher.fetchSettings({ endpoint: 'settings', etag: '"v1"' })
    expect(second).toEqual({ kind: 'not-modified', durationMs: expect.any(Number) as number })
  })
})

describe('the body', () => {
  it.each([
    ['as it is', json, Buffer.from(text)],
    ['compressed', { ...json, 'content-encoding': 'gzip' }, gzipSync(text)],
    ['of a type with another spelling', { 'content-type': 'application/JSON' }, Buffer.from(text)],
    ['of a more special type', { 'content-type': 'application/vnd.vwo+json' }, Buffer.from(text)],
  ])('is handed over byte for byte when sent %s', async (_, headers, sent) => {
    const result = await fetchFrom((response) => response.writeHead(200, headers).end(sent))
    expect(result).toMatchObject({ kind: 'body', bytes: Buffer.byteLength(text) })
    expect(result.kind === 'body' && Buffer.from(result.body).toString()).toBe(text)
  })

  it('may be as long as the limit, and not one byte longer', async () => {
    const body = text.padEnd(1000)
    const bytes = Buffer.byteLength(body)
    const answer = (response: ServerResponse) =>
      void response.writeHead(200, { ...json, 'content-length': bytes }).end(body)
    expect(await fetchFrom(answer, { maxBytes: bytes })).toMatchObject({ bytes })
    const error = await errorOf(fetchFrom(answer, { maxBytes: bytes - 1 }))
    expect(error.code).toBe('settings-refused')
    expect(error.message).toContain(
      `expected at most ${bytes - 1} bytes (HUB_MAX_SETTINGS_BYTES), got ${bytes}`,
    )
  })

  it('without a length is left at the limit', async () => {
    const error = await errorOf(
      fetchFrom((response) => {
        response.writeHead(200, json)
        response.on('error', () => {})
        const more = setInterval(() => response.write('x'.repeat(50_000)), 1)
        response.on('close', () => clearInterval(more))
      }),
    )
    expect(error.code).toBe('settings-refused')
  })

  it('that is small and expands without end is left at the limit', async () => {
    const vwo = await startVwoSimulator({ settingsFile: text, accountId: '123456', sdkKey })
    closers.push(vwo.close)
    vwo.fault({ kind: 'gzip-bomb', bytes: 200_000_000 })
    const error = await errorOf(fetcherFor(vwo.url).fetchSettings({ endpoint: 'settings' }))
    expect(error.code).toBe('settings-refused')
    expect(error.message).toContain('got more')
  })

  it.each([
    ['before its announced length', { ...json, 'content-length': '500' }, Buffer.from(text)],
    ['within a chunk', json, Buffer.from(text)],
    [
      'within its compression',
      { ...json, 'content-encoding': 'gzip' },
      gzipSync(text.padEnd(5000)).subarray(0, 40),
    ],
  ])('that ends %s is no answer', async (_, headers, sent) => {
    const error = await errorOf(
      fetchFrom((response) => {
        response.writeHead(200, headers)
        response.write(sent, () => response.destroy())
      }),
    )
    expect(error.code).toBe('vwo-unreachable')
  })

  it.each([20, 200])('that was cut %i bytes short when it was compressed is no answer', async (short) => {
    const whole = gzipSync(
      JSON.stringify({ campaigns: Array.from({ length: 500 }, (_, id) => ({ id, key: Math.sin(id) })) }),
    )
    const part = whole.subarray(0, -short)
    const headers = { ...json, 'content-encoding': 'gzip', 'content-length': part.length }
    const error = await errorOf(fetchFrom((response) => response.writeHead(200, headers).end(part)))
    expect(error.code).toBe('vwo-unreachable')
    expect(error.message).toContain('cut off')
  })

  it.each([
    ['HTML', 'text/html; charset=utf-8', '"text/html; charset=utf-8"'],
    ['nothing that it says', undefined, 'none'],
    ['JSON by another name', 'text/json', '"text/json"'],
    ['something that begins like JSON', 'application/jsonp', '"application/jsonp"'],
  ])('that is %s is refused', async (_, type, got) => {
    const error = await errorOf(
      fetchFrom((response) =>
        response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end(text),
      ),
    )
    expect(error.code).toBe('settings-refused')
    expect(error.message).toContain(`expected content type application/json, got ${got}`)
  })

  it('in an encoding that was not asked for is refused', async () => {
    const error = await errorOf(
      fetchFrom((response) => response.writeHead(200, { ...json, 'content-encoding': 'br' }).end(text)),
    )
    expect(error.code).toBe('settings-refused')
  })
})

describe('a status other than 200', () => {
  it.each([
    [400, 'vwo-refused'],
    [403, 'vwo-refused'],
    [404, 'vwo-refused'],
    [408, 'vwo-unreachable'],
    [429, 'vwo-unreachable'],
    [201, 'vwo-unreachable'],
    [204, 'vwo-unreachable'],
    [304, 'vwo-unreachable'],
    [500, 'vwo-unreachable'],
    [503, 'vwo-unreachable'],
  ])('%i is %s', async (status, code) => {
    const error = await errorOf(fetchFrom((response) => response.writeHead(status, json).end()))
    expect(error.code).toBe(code)
    expect(error.message).toContain(String(status))
  })

  it('a redirect is said to be one, and not followed', async () => {
    const server = await startServer((response, { url }) =>
      response.writeHead(302, { location: `${url}&again` }).end(),
    )
    const error = await errorOf(fetcherFor(server.url).fetchSettings({ endpoint: 'settings' }))
    expect(error).toMatchObject({ code: 'vwo-unreachable' })
    expect(error.message).toContain('302, a redirect, which is not followed')
    expect(server.requests).toHaveLength(1)
  })

  it.each([
    ['repeats the key', JSON.stringify({ message: `no such key: ${sdkKey}\u001b[31m` })],
    ['is endless', 'x'.repeat(100_000)],
    ['is no JSON', '<html>'],
    ['says nothing', '{}'],
  ])('is told without its body when that %s', async (_, body) => {
    const error = await errorOf(fetchFrom((response) => response.writeHead(400, json).end(body)))
    expect(error.code).toBe('vwo-refused')
    expect(error.message).not.toContain('\u001b')
    expect(error.message.length).toBeLessThan(300)
  })
})

it('an answer that fetch does not even look at has a reason all the same', async () => {
  const error = await errorOf(fetchFrom((response) => response.writeHead(407).end()))
  expect(error.message).toMatch(/: \w[^:]*\. The last good revision stays\.$/)
})

it('a refusal whose body does not end is a refusal all the same', async () => {
  const answer = (response: ServerResponse) => void response.writeHead(400, json).write('{')
  expect(await errorOf(fetchFrom(answer, { timeoutMs: 150 }))).toMatchObject({ code: 'vwo-refused' })
})

it.each([
  ['a refusal', 400, json],
  ['an outage', 503, json],
  ['what cannot be a settings-file', 200, { 'content-type': 'text/html' }],
])('the body of %s is not read on: VWO need not send it', async (_, status, headers) => {
  let cut = false
  const fetching = fetchFrom((response) => {
    response.on('close', () => (cut = true))
    response.writeHead(status, headers).write('{'.repeat(3000))
  })
  await errorOf(fetching)
  await vi.waitFor(() => expect(cut).toBe(true))
})

it('a request that cannot even be made is a fault of the hub, not one of VWO', async () => {
  const request = { etag: 'no header\nmay have this' }
  const fetching = fetchFrom((response) => response.writeHead(200, json).end(text), { request })
  await expect(fetching).rejects.toThrow(TypeError)
})

describe('a VWO that asks to be left alone', () => {
  const at = (time: string) => `Fri, 27 Nov 2026 ${time} GMT`
  it.each([
    ['429 in seconds', 429, { 'retry-after': '90' }, 90_000, 'which asks to wait 90 s.'],
    [
      '503 by a date, by the clock of VWO',
      503,
      { date: at('06:00:00'), 'retry-after': at('06:02:30') },
      150_000,
      'which asks to wait 150 s.',
    ],
    [
      '503 for an hour',
      503,
      { 'retry-after': '3600' },
      3_600_000,
      'it is asked again after 600 s, not later.',
    ],
    [
      '503 by a date that is over',
      503,
      { 'retry-after': at('06:00:00'), date: at('06:00:10') },
      0,
      'wait 0 s.',
    ],
    ['503 in no way that is known', 503, { 'retry-after': '-5' }, undefined, 'got 503.'],
    ['500, which does not ask', 500, { 'retry-after': '90' }, undefined, 'got 500.'],
  ] as const)('with %s is understood', async (_, status, headers, retryAfterMs, words) => {
    const error = await errorOf(
      fetchFrom((response) => response.writeHead(status, { ...json, ...headers }).end('{}')),
    )
    expect(error).toMatchObject({ code: 'vwo-unreachable', retryAfterMs })
    expect(error.message).toContain(words)
  })
})

describe('a VWO that does not answer', () => {
  it.each([
    ['at all', () => {}],
    ['past the head', (response: ServerResponse) => response.writeHead(200, json).flushHeaders()],
    [
      'past the start of the body',
      (response: ServerResponse) => void response.writeHead(200, json).write('{'),
    ],
  ])('%s is given up when it has been silent for too long', async (_, answer) => {
    const error = await errorOf(fetchFrom(answer, { timeoutMs: 150 }))
    expect(error.code).toBe('vwo-unreachable')
    expect(error.message).toContain('expected something of the answer each 150 ms')
  })

  /** Sends so many bytes of a JSON object, one at a time. */
  const drip = (bytes: number, everyMs: number) => (response: ServerResponse) => {
    response.writeHead(200, { ...json, 'content-length': String(bytes) })
    const body = `{${' '.repeat(bytes - 2)}}`
    let sent = 0
    const timer = setInterval(() => {
      response.write(body[sent] ?? '')
      sent += 1
      if (sent < bytes) return
      clearInterval(timer)
      response.end()
    }, everyMs)
    response.on('close', () => clearInterval(timer))
  }

  it('quickly, but goes on answering, is read to its end', async () => {
    const fetched = await fetchFrom(drip(12, 50), { timeoutMs: 250 })
    expect(fetched).toMatchObject({ kind: 'body', bytes: 12 })
    expect(fetched.durationMs).toBeGreaterThan(500)
  })

  it('to an end, though it goes on answering, is given up in the end, and told apart', async () => {
    const error = await errorOf(fetchFrom(drip(100_000, 5), { timeoutMs: 300 }))
    expect(error).toMatchObject({ code: 'vwo-unreachable' })
    expect(error.message).toContain('expected the whole answer within 3600 ms, got a part, which kept coming')
  })

  it.each([
    ['refuses the connection', 'http://127.0.0.1:2', 'ECONNREFUSED'],
    ['has no address', 'http://vwo.invalid', 'vwo.invalid'],
  ])('because it %s is unreachable', async (_, baseUrl, reason) => {
    const error = await errorOf(fetcherFor(baseUrl).fetchSettings({ endpoint: 'settings' }))
    expect(error.code).toBe('vwo-unreachable')
    expect(error.message).toContain(reason)
  })

  it('because it resets the connection is unreachable', async () => {
    const error = await errorOf(fetchFrom((response) => response.socket?.resetAndDestroy()))
    expect(error.code).toBe('vwo-unreachable')
  })

  it('on a connection that it has ended meanwhile is asked on another one', async () => {
    const answered = new Set<unknown>()
    const { url, requests, connections } = await startServer((response, { socket }) => {
      if (answered.has(socket)) socket.destroy()
      else response.writeHead(200, json).end(text)
      answered.add(socket)
    })
    const fetcher = fetcherFor(url)
    for (let n = 0; n < 3; n += 1)
      expect(await fetcher.fetchSettings({ endpoint: 'settings' })).toMatchObject({ kind: 'body' })
    // Each but the first was asked twice.
    expect([requests.length, connections()]).toEqual([5, 3])
  })

  it('recovers on the same fetcher', async () => {
    let isBroken = true
    const { url } = await startServer((response) => {
      if (isBroken) response.socket?.destroy()
      else response.writeHead(200, json).end(text)
    })
    const fetcher = fetcherFor(url)
    await errorOf(fetcher.fetchSettings({ endpoint: 'settings' }))
    isBroken = false
    expect(await fetcher.fetchSettings({ endpoint: 'settings' })).toMatchObject({ kind: 'body' })
  })
})

describe('a VWO that speaks HTTP as nobody does', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
  const emptyMember = gzipSync('')
  it.each<[string, string, string | Buffer]>([
    ['announces answers without end', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['sends headers without end', head, 'X-More: of them\r\n'],
    ['sends headers one byte at a time', head, 'x'],
    [
      'changes to another protocol',
      'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
      'x',
    ],
    ['sends a body that is compressed to nothing', `${head}Content-Encoding: gzip\r\n\r\n`, emptyMember],
    ['sends a 304 that goes on', 'HTTP/1.1 304 Not Modified\r\n\r\n', 'x'],
    ['speaks another language', '', '220 ready\r\n'],
  ])('and %s is left in time', async (_, first, more) => {
    let isCut = false
    const server = createTcpServer((socket) => {
      socket.on('error', () => {}).resume()
      socket.write(first)
      const going = setInterval(() => socket.write(more), 5)
      socket.on('close', () => {
        clearInterval(going)
        isCut = true
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => void server.close())
    const { port } = server.address() as AddressInfo
    const fetcher = fetcherFor(`http://127.0.0.1:${port}`, { timeoutMs: 150 })
    const error = await errorOf(fetcher.fetchSettings({ endpoint: 'settings' }))
    expect(error.code).toBe('vwo-unreachable')
    fetcher.close()
    await vi.waitFor(() => expect(isCut).toBe(true))
  })
})

describe('giving up', () => {
  it('by the signal ends the request, before it as well as within it', async () => {
    const { url, requests } = await startServer(() => {})
    const fetcher = fetcherFor(url)
    const abort = new AbortController()
    const fetching = errorOf(fetcher.fetchSettings({ endpoint: 'settings', signal: abort.signal }))
    await vi.waitFor(() => expect(requests).toHaveLength(1))
    abort.abort()
    expect((await fetching).message).toContain('given up')
    const again = fetcher.fetchSettings({ endpoint: 'settings', signal: abort.signal })
    expect((await errorOf(again)).message).toContain('given up')
    expect(requests).toHaveLength(1)
  })

  it('leaves nothing on a signal that lives longer', async () => {
    const { url } = await startServer((response) => response.writeHead(200, json).end(text))
    const fetcher = fetcherFor(url)
    const { signal } = new AbortController()
    for (let n = 0; n < 20; n += 1) await fetcher.fetchSettings({ endpoint: 'settings', signal })
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('by closing cuts what is under way, and can be done twice', async () => {
    const { url, requests } = await startServer(() => {})
    const fetcher = fetcherFor(url)
    const fetching = errorOf(fetcher.fetchSettings({ endpoint: 'settings' }))
    await vi.waitFor(() => expect(requests).toHaveLength(1))
    fetcher.close()
    fetcher.close()
    expect((await fetching).code).toBe('vwo-unreachable')
    expect((await errorOf(fetcher.fetchSettings({ endpoint: 'settings' }))).code).toBe('vwo-unreachable')
  })
})
