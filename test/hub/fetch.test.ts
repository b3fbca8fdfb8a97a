import { getEventListeners } from 'node:events'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { startVwoSimulator } from '@vwo-hub/sandbox'
import { errorOf, fetchersForFile, json, sdkKey, text } from '../support/fetchers.ts'

const { closers, startServer, fetcherFor, fetchFrom } = fetchersForFile()

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
