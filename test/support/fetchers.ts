import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, expect } from 'vitest'
import { HubError } from '../../packages/hub/dist/errors.js'
import { createFetcher, type FetcherOptions, type FetchRequest } from '../../packages/hub/dist/flow/fetch.js'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'

export const sdkKey = 'a1b2c3d4e5f6-the-key'
export const text = '{"version":1,"accountId":123456,"campaigns":[],"name":"Käse"}'
export const json = { 'content-type': 'application/json; charset=utf-8' }

/** VWOs and fetchers for one file of tests; they end with each test. */
export function fetchersForFile() {
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

  function fetcherFor(
    baseUrl: string,
    options: Partial<Omit<FetcherOptions, 'product' | 'environment'>> = {},
  ) {
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

  return { closers, startServer, fetcherFor, fetchFrom }
}

export async function errorOf(fetching: Promise<unknown>): Promise<HubError> {
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
