import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createClient, type ClientError, type ClientOptions } from '@vwo-hub/client'
import { sha256Of } from '@vwo-hub/protocol'
import { findFreePort } from '@vwo-hub/sandbox'
import vwoSdk from 'vwo-node-sdk'
import { describe, expect, it } from 'vitest'
import { account, webhookSecret } from '../support/hub-config.ts'
import { startHubs } from '../support/hubs.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const everybodyGets = (name: string) =>
  settingsFile({
    ...account,
    campaigns: [abTest('checkout-test', { variations: [{ id: 1, name, weight: 100, changes: {} }] })],
  })
const app = { appHost: '127.0.0.1', appPort: 0 }
const { server, cleanUps } = await redisForFile()

async function startOnes(options: Partial<Parameters<typeof startHubs>[0]> = {}) {
  const hubs = await startHubs({ url: server.url, settings: everybodyGets('A'), config: app, ...options })
  cleanUps.push(hubs.close)
  return hubs
}

function follow(options: Pick<ClientOptions, 'environment' | 'hub'> & Partial<ClientOptions>) {
  const errors: ClientError[] = []
  const client = createClient({ sdk: vwoSdk, launch: { isDevelopmentMode: true }, ...options })
  cleanUps.push(client.close)
  client.on('error', (error) => void errors.push(error))
  const decision = () => client.getVariationName('checkout-test', 'user')
  return { client, errors, decides: (name: string) => until(decision, (seen) => seen === name) }
}

async function serve(listener: RequestListener): Promise<string> {
  const http = createServer(listener).listen(0, '127.0.0.1')
  await once(http, 'listening')
  cleanUps.push(() => {
    http.closeAllConnections()
    http.close()
  })
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

describe('an app without Redis', () => {
  it('decides with what another hub publishes than the one that it asks, within a second', async () => {
    const hubs = await startOnes({ hubs: 2 })
    const [first, second] = hubs.hubs
    hubs.vwo.announceTo({ url: `${first?.publicUrl}/webhooks/${hubs.environment}`, secret: webhookSecret })
    const { client, decides } = follow({
      environment: hubs.environment,
      hub: { url: second?.appUrl ?? '', token: account.sdkKey },
    })
    await decides('A')
    await hubs.vwo.set(everybodyGets('B'))
    await decides('B')
    const { revision = '' } = await hubs.meta()
    expect(Date.now() - Number(revision)).toBeLessThan(1000)
    expect(client.status).toMatchObject({ state: 'ready', source: 'hub', revision: Number(revision) })
    await until(
      () => client.status.confirmedAt,
      (at) => at !== null && at > Number(revision),
    )
    expect(await hubs.handle.read.nodes()).toMatchObject({ total: 0 })
  })

  it('[invariant 10] decides on while the hub is gone, and from its cache file after a restart of its own', async () => {
    const appPort = await findFreePort()
    const hubs = await startOnes({ config: { ...app, appPort } })
    const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-test-'))
    cleanUps.push(() => rm(folder, { recursive: true, force: true }))
    const options = {
      environment: hubs.environment,
      hub: { url: `http://127.0.0.1:${appPort}`, token: account.sdkKey },
      cacheFile: join(folder, 'settings'),
    }
    const one = follow(options)
    await one.decides('A')
    await hubs.first.close()
    await until(
      () => one.errors.map(({ code }) => code),
      (codes) => codes.includes('hub-unreachable'),
    )
    expect(one.client.getVariationName('checkout-test', 'user')).toBe('A')
    await one.client.close()
    const other = follow(options)
    expect(await other.client.ready()).toMatchObject({ source: 'cache' })
    expect(other.client.getVariationName('checkout-test', 'user')).toBe('A')

    await hubs.startHub()
    await hubs.vwo.set(everybodyGets('B'))
    await other.decides('B')
  })

  it('[invariant 5] leaves a connection that is dead without saying so', async () => {
    const hubs = await startOnes()
    const { hostname, port } = new URL(hubs.first.appUrl ?? '')
    const proxy = await startTcpProxy({ target: () => ({ host: hostname, port: Number(port) }) })
    cleanUps.push(proxy.close)
    const { client, errors, decides } = follow({
      environment: hubs.environment,
      hub: { url: `http://127.0.0.1:${proxy.port}`, token: account.sdkKey },
      checkIntervalMs: 100,
    })
    const revisions: number[] = []
    client.on('update', ({ revision }) => revisions.push(revision))
    await decides('A')
    proxy.set({ up: { kind: 'swallow' }, down: { kind: 'swallow' } })
    await until(
      () => errors.map(({ message }) => message).join(),
      (text) => text.includes('it was silent for 3100 ms'),
    )
    await hubs.vwo.set(everybodyGets('B'))
    proxy.set({})
    await decides('B')
    expect(revisions.at(-1)).toBe(Number((await hubs.meta())['revision']))
    expect(revisions).toHaveLength(2)
  })

  it('is current behind a proxy that collects answers, compresses them, and has the hub under a path', async () => {
    const hubs = await startOnes()
    const pass = async (path: string, authorization: string, response: ServerResponse): Promise<void> => {
      const answer = await fetch(`${hubs.first.appUrl}${path}`, { headers: { authorization } })
      const body = gzipSync(Buffer.from(await answer.arrayBuffer()))
      const headers = Object.fromEntries(answer.headers)
      for (const name of ['content-length', 'transfer-encoding', 'connection', 'keep-alive'])
        delete headers[name]
      if (answer.status === 304) {
        response.writeHead(304, headers).end()
        return
      }
      const etag = `W/${headers['etag']}`
      response.writeHead(answer.status, { ...headers, etag, 'content-encoding': 'gzip' }).end(body)
    }
    const url = await serve((request, response) => {
      const path = request.url?.replace(/^\/vwo-hub\//, '/') ?? ''
      pass(path, request.headers.authorization ?? '', response).catch(() => response.destroy())
    })
    const { decides, errors } = follow({
      environment: hubs.environment,
      hub: { url: `${url}/vwo-hub/`, token: account.sdkKey },
    })
    await decides('A')
    await hubs.vwo.set(everybodyGets('B'))
    await decides('B')
    expect(errors).toEqual([])
  })

  it('has a hub that closes answer at once', async () => {
    const hubs = await startOnes()
    const { decides } = follow({
      environment: hubs.environment,
      hub: { url: hubs.first.appUrl ?? '', token: account.sdkKey },
      checkIntervalMs: 20_000,
      staleAfterMs: 40_000,
    })
    await decides('A')
    const startedAt = performance.now()
    await hubs.first.close()
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })

  it('says that its token is wrong, and takes what the hub has for a refresh', async () => {
    const hubs = await startOnes()
    const url = hubs.first.appUrl ?? ''
    const wrong = follow({ environment: hubs.environment, hub: { url, token: 'wrong' } })
    await until(
      () => wrong.client.status.reason?.code,
      (code) => code === 'hub-forbidden',
    )
    await expect(wrong.client.getAndUpdateSettingsFile()).rejects.toMatchObject({ code: 'hub-forbidden' })
    const right = follow({ environment: hubs.environment, hub: { url, token: account.sdkKey } })
    await right.client.getAndUpdateSettingsFile()
    expect(right.client.status).toMatchObject({ state: 'ready', source: 'hub' })
  })
})

describe('what a hub says', () => {
  /** A hub that answers each question with the next of these, and the last for ever. */
  const hubWith = async (
    ...answers: { status: number; headers?: Record<string, string>; body?: string }[]
  ) => {
    const asked: URLSearchParams[] = []
    const url = await serve((request, response) => {
      asked.push(new URL(request.url ?? '', 'http://hub').searchParams)
      const { status, headers, body } = answers.length > 1 ? (answers.shift() ?? {}) : (answers[0] ?? {})
      response.writeHead(status ?? 500, headers).end(body)
    })
    return { asked, options: { hub: { url }, environment: `env-${randomUUID()}`, checkIntervalMs: 20 } }
  }
  const settings = (name: string, revision: number, headers: Record<string, string> = {}) => {
    const body = JSON.stringify(everybodyGets(name))
    const etag = `"${sha256Of(body)}"`
    return { status: 200, headers: { etag, 'vwo-hub-revision': String(revision), ...headers }, body }
  }
  const unchanged = (revision: number, headers: Record<string, string> = {}) => ({
    status: 304,
    headers: { 'vwo-hub-revision': String(revision), ...headers },
  })

  it('is asked for what is newer than the settings in use, at once and then with a wait', async () => {
    const { asked, options } = await hubWith(settings('A', 1000), unchanged(1000))
    const { decides } = follow(options)
    await decides('A')
    await until(
      () => asked.length,
      (count) => count > 2,
    )
    expect(asked.slice(0, 2).map(String)).toEqual(['after=0&waitMs=0', 'after=1000&waitMs=20'])
  })

  it('is not asked to wait for longer than hubs do', async () => {
    const { asked, options } = await hubWith(settings('A', 1000), unchanged(1000))
    const { client, decides } = follow({ ...options, checkIntervalMs: 600_000 })
    await decides('A')
    await until(
      () => asked.length,
      (count) => count > 1,
    )
    await client.close()
    expect(asked.slice(0, 2).map(String)).toEqual(['after=0&waitMs=0', 'after=1000&waitMs=55000'])
  })

  it('is asked without waiting, where whatever is in between lets no question wait', async () => {
    const asked: boolean[] = []
    const { status, headers, body } = settings('A', 1000)
    const url = await serve((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://hub')
      const isToWait = searchParams.get('waitMs') !== '0'
      asked.push(isToWait)
      if (isToWait) response.writeHead(504).end()
      else if (searchParams.get('after') === '0') response.writeHead(status, headers).end(body)
      else response.writeHead(304, { 'vwo-hub-revision': '1000' }).end()
    })
    const { errors, decides } = follow({
      hub: { url },
      environment: `env-${randomUUID()}`,
      checkIntervalMs: 20,
    })
    await decides('A')
    await until(
      () => asked.length,
      (count) => count > 12,
    )
    expect(asked.slice(0, 12).filter((isToWait) => isToWait)).toHaveLength(3)
    expect(errors.length).toBeLessThanOrEqual(3)
  })

  it('is asked to wait for less, where whatever is in between ends a question after a while', async () => {
    const waits: number[] = []
    const { status, headers, body } = settings('A', 1000)
    const url = await serve((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://hub')
      const waitMs = Number(searchParams.get('waitMs'))
      if (waitMs > 0) waits.push(waitMs)
      const answer = (): void => void response.writeHead(304, { 'vwo-hub-revision': '1000' }).end()
      if (searchParams.get('after') === '0') response.writeHead(status, headers).end(body)
      else if (waitMs > 1200) setTimeout(() => response.destroy(), 1200)
      else setTimeout(answer, waitMs)
    })
    const { client, decides } = follow({
      ...{ hub: { url }, environment: `env-${randomUUID()}` },
      checkIntervalMs: 20_000,
    })
    await decides('A')
    const [, , , shorter] = await until(
      () => waits,
      ({ length }) => length > 4,
    )
    await client.close()
    expect(waits.slice(0, 3)).toEqual([20_000, 20_000, 20_000])
    expect(shorter).toBeLessThan(1200)
    expect(waits[4]).toBe(shorter)
  })

  it('[invariant 2] is not taken where it is older than what is in use, which nothing confirms then', async () => {
    const { options } = await hubWith(settings('A', 1000), settings('B', 900))
    const { client, decides } = follow({ ...options, staleAfterMs: 100 })
    await decides('A')
    // On a busy machine it may be stale before the hub has been asked again.
    const { reason } = await until(
      () => client.status,
      (status) => status.state === 'stale' && status.reason !== undefined,
    )
    expect(reason).toMatchObject({ code: 'settings-missing' })
    expect(client.getVariationName('checkout-test', 'user')).toBe('A')
    expect(client.status.revision).toBe(1000)
  })

  it('confirms nothing while the hub has lost Redis', async () => {
    const { options } = await hubWith(settings('A', 1000), unchanged(1000, { 'vwo-hub-stale': 'true' }))
    const { client, decides } = follow({ ...options, staleAfterMs: 100 })
    await decides('A')
    const { reason } = await until(
      () => client.status,
      (status) => status.state === 'stale' && status.reason !== undefined,
    )
    expect(reason).toMatchObject({
      code: 'redis-unreachable',
      message: expect.stringContaining('has not reached Redis for a while') as string,
    })
  })

  it('is not taken where it is damaged, or of a day that is not yet', async () => {
    const damaged = { ...settings('B', 2000), body: '{}' }
    const ahead = settings('B', Date.now() + 2 * 86_400_000, { 'vwo-hub-now': String(Date.now()) })
    for (const [answer, why] of [
      [damaged, 'the checksum does not match'],
      [ahead, 'more than a day ahead'],
    ] as const) {
      const { options } = await hubWith(settings('A', 1000), answer)
      const { client, errors, decides } = follow(options)
      await decides('A')
      await until(
        () => errors.map(({ message }) => message).join(),
        (text) => text.includes(why),
      )
      expect(client.status.revision).toBe(1000)
      await client.close()
    }
  })
})

it('a client needs Redis or a hub, and does not take a variable that is not set for a wish to do without', () => {
  const common = { environment: 'prod', sdk: vwoSdk }
  const hub = { url: 'http://hub' }
  expect(() => createClient(common)).toThrow('redis: expected it, or hub for an app without Redis')
  expect(() => createClient({ ...common, hub, redis: undefined })).toThrow('redis: expected a URL')
  expect(() => createClient({ ...common, hub, report: true })).toThrow('report: expected redis with it')
})
