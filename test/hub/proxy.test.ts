import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startVwoSimulator } from '@vwo-hub/sandbox'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFetcher } from '../../packages/hub/dist/flow/fetch.js'
import { defaultProduct as product } from '../../packages/hub/dist/product/products.js'
import { createVwoTransport } from '../../packages/hub/dist/flow/vwo-transport.js'
import { createCertificate } from '../support/certificate.ts'
import { runCli, runCommand } from '../support/cli.ts'
import { startForwardProxy } from '../support/forward-proxy.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const settingsFile = { version: 1, accountId: 123456, campaigns: [] }
const account = { accountId: '123456', sdkKey: 'the-sdk-key' }

const { server } = await redisForFile()
/** Of a hub, without where VWO is. */
const variables = {
  REDIS_URL: server.url,
  VWO_ACCOUNT_ID: account.accountId,
  VWO_SDK_KEY: account.sdkKey,
  VWO_WEBHOOK_SECRETS: 'the-webhook-secret',
}

async function startProxy(options?: Parameters<typeof startForwardProxy>[0]) {
  const proxy = await startForwardProxy(options)
  onTestFinished(proxy.close)
  return proxy
}

/** A VWO whose name only the proxy knows. */
async function startVwo() {
  const vwo = await startVwoSimulator({ settingsFile, ...account })
  onTestFinished(vwo.close)
  return { baseUrl: `http://vwo.example.test:${new URL(vwo.url).port}` }
}

function fetcherFor(baseUrl: string, proxy: Parameters<typeof createVwoTransport>[1]) {
  const environment = { name: 'prod', ...account, baseUrl, sdk: 'vwo-node-sdk', sdkVersion: '1.73.0' }
  const fetcher = createFetcher({ product, environment, timeoutMs: 5000, maxBytes: 100_000, proxy })
  onTestFinished(fetcher.close)
  return fetcher
}

describe('VWO behind a proxy', () => {
  it('is asked by it, signed in, again and again, and not once the fetcher is closed', async () => {
    const proxy = await startProxy()
    const { baseUrl } = await startVwo()
    const signedIn = proxy.url.replace('//', '//hub:pass%20word@')
    const fetcher = fetcherFor(baseUrl, { http: signedIn, except: [] })
    for (const endpoint of ['settings', 'pull'] as const) {
      expect(await fetcher.fetchSettings({ endpoint })).toMatchObject({ kind: 'body' })
    }
    expect(proxy.asked).toEqual([`GET ${baseUrl}/server-side/settings`, `GET ${baseUrl}/server-side/pull`])
    expect(proxy.authorization()).toBe(`Basic ${Buffer.from('hub:pass word').toString('base64')}`)
    fetcher.close()
    await expect(fetcher.fetchSettings({ endpoint: 'settings' })).rejects.toMatchObject({
      code: 'vwo-unreachable',
    })
    expect(proxy.asked).toHaveLength(2)
  })

  it.each([
    ['says that it refuses', { refuses: true }, '407'],
    ['is away', undefined, 'ECONNREFUSED'],
  ])('is unreachable when the proxy %s, and the error names the proxy', async (_, options, reason) => {
    const url = options === undefined ? 'http://127.0.0.1:2' : (await startProxy(options)).url
    const fetcher = fetcherFor('https://vwo.example.test', { https: url, except: [] })
    await expect(fetcher.fetchSettings({ endpoint: 'settings' })).rejects.toMatchObject({
      code: 'vwo-unreachable',
      message: expect.stringMatching(
        new RegExp(
          `^Cannot fetch settings of "prod" from vwo.example.test \\(by the proxy 127.0.0.1:\\d+\\): .*${reason}`,
        ),
      ) as string,
    })
  })

  it('is reached over TLS with an authority of the company, and doctor names the way it took', async () => {
    const [proxy, certificate] = await Promise.all([startProxy(), createCertificate()])
    const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-proxy-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'ca.pem'), certificate.cert)
    const vwo = createServer(certificate, (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(settingsFile))
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void vwo.close())
    await once(vwo, 'listening')
    const { port } = vwo.address() as AddressInfo
    const env = {
      ...variables,
      VWO_BASE_URL: `https://localhost:${port}`,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      HTTPS_PROXY: proxy.url,
    }
    const { host } = new URL(proxy.url)
    const { stdout } = await runCli(['doctor'], { env })
    expect(stdout).toMatch(new RegExp(`localhost:${port} answers in \\d+ ms by the proxy ${host}`))
    expect(proxy.asked).toEqual([`CONNECT localhost:${port}`])
  })

  it('is reached straight where NO_PROXY says so, and doctor names no proxy', async () => {
    const [proxy, vwo] = await Promise.all([startProxy(), startVwoSimulator({ settingsFile, ...account })])
    onTestFinished(vwo.close)
    const env = { ...variables, VWO_BASE_URL: vwo.url, HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' }
    const { stdout } = await runCommand(['doctor'], { env })
    expect(stdout).toMatch(new RegExp(`${new URL(vwo.url).host} answers in \\d+ ms:`))
    expect(proxy.asked).toEqual([])
  })
})

describe('NO_PROXY', () => {
  const isProxied = (url: string, ...except: string[]) =>
    createVwoTransport(new URL(url), { https: 'http://proxy:3128', except }).proxy !== undefined

  it.each([
    ['*'],
    ['example.com'],
    ['.example.com'],
    ['*.example.com'],
    ['VWO.Example.com'],
    ['vwo.example.com:443'],
    ['localhost', 'vwo.example.com'],
  ])('has vwo.example.com reached straight: %s', (...except) => {
    expect(isProxied('https://vwo.example.com', ...except)).toBe(false)
  })

  it.each([['ample.com'], ['vwo.example.com:8443'], ['example'], ['10.0.0.0/8'], []])(
    'has it reached by the proxy: %s',
    (...except) => {
      expect(isProxied('https://vwo.example.com', ...except)).toBe(true)
    },
  )

  it('knows addresses and ranges of them', () => {
    expect(isProxied('https://10.1.2.3', '10.0.0.0/8')).toBe(false)
    expect(isProxied('https://10.1.2.3:9000', '10.1.2.3:9000')).toBe(false)
    expect(isProxied('https://[fd00::3]', 'fd00::/8')).toBe(false)
    expect(isProxied('https://[fd00::3]', '[fd00::3]:443')).toBe(false)
    expect(isProxied('https://11.1.2.3', '10.0.0.0/8', '11.1.2.4', '11.1.2.3/33', '3')).toBe(true)
  })

  it('and a URL of the other scheme need no proxy', () => {
    expect(isProxied('http://vwo.example.com')).toBe(false)
  })
})
