import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { errorOf, fetchersForFile, json, sdkKey, text } from '../support/fetchers.ts'

const { closers, startServer, fetcherFor, fetchFrom } = fetchersForFile()

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
