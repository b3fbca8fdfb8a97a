import { createServer } from 'node:net'
import { once } from 'node:events'
import { keysOf } from '@vwo-hub/protocol'
import { type RedisServer, startRedisServer, startVwoSimulator, type VwoSimulator } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import vwoSdk from 'vwo-node-sdk'
import { type RunningCli, runCli, startCli } from '../support/cli.ts'
import { until } from '../support/until.ts'

const accountId = 123456
const sdkKey = 'the-sdk-key-of-the-account'
const secret = 'the-webhook-secret'
const settingsFile = { version: 1, accountId, campaigns: [] }

let redis: RedisServer
let vwo: VwoSimulator
let observer: Redis
const running: RunningCli[] = []

beforeAll(async () => {
  redis = await startRedisServer()
  vwo = await startVwoSimulator({ settingsFile, accountId, sdkKey })
  observer = new Redis(redis.url)
})
afterEach(async () => {
  for (const hub of running) hub.signal('SIGKILL')
  await Promise.all(running.splice(0).map(({ ended }) => ended))
})
afterAll(async () => {
  observer.disconnect()
  await Promise.all([vwo.close(), redis.close()])
})

const envOf = (environment: string) => ({
  REDIS_URL: redis.url,
  VWO_ENVIRONMENT: environment,
  VWO_ACCOUNT_ID: String(accountId),
  VWO_SDK_KEY: sdkKey,
  VWO_WEBHOOK_SECRETS: secret,
  VWO_BASE_URL: vwo.url,
  HUB_HOST: '127.0.0.1',
  HUB_PORT: '0',
  HUB_ADMIN_PORT: '0',
})

/** Starts a hub as people do, and waits until it says where it listens. */
async function serve(
  environment: string,
  args: readonly string[] = ['serve'],
  env: Readonly<Record<string, string>> = {},
) {
  const hub = startCli(args, { env: { ...envOf(environment), ...env } })
  running.push(hub)
  const publicUrl = await hub.printed(/"publicUrl":"([^"]+)"/)
  const adminUrl = await hub.printed(/"adminUrl":"([^"]+)"/)
  return { hub, publicUrl, adminUrl }
}

async function isReady(adminUrl: string): Promise<void> {
  await until(
    async () => (await fetch(`${adminUrl}/readyz`)).status,
    (status) => status === 200,
  )
}

describe('vwo-hub serve', () => {
  it('is what runs without a command', async () => {
    const { hub, publicUrl } = await serve('default', [])
    expect((await fetch(`${publicUrl}/healthz`)).status).toBe(200)
    hub.signal('SIGINT')
    expect((await hub.ended).code).toBe(0)
  })

  it('says where it listens, publishes, finishes what was accepted, and ends with 0 after SIGTERM', async () => {
    const { hub, publicUrl, adminUrl } = await serve('accepted')
    await isReady(adminUrl)
    expect(JSON.parse((await observer.get(keysOf('accepted').settings)) ?? '')).toEqual(settingsFile)
    const response = await fetch(`${publicUrl}/webhooks/accepted`, {
      method: 'POST',
      headers: { 'x-vwo-auth': secret, 'content-type': 'application/json' },
      body: '{"event":"settings_changed"}',
    })
    expect(response.status).toBe(200)
    hub.signal('SIGTERM')
    const { code, stderr } = await hub.ended
    expect([code, stderr]).toEqual([0, ''])
    const { requested, completed } = await observer.hgetall(keysOf('accepted').refresh)
    expect(Number(completed)).toBe(Number(requested))
    expect(Number(completed)).toBeGreaterThanOrEqual(2)
  })

  it('takes webhooks after SIGTERM while it says that it is closing, and finishes them before it ends', async () => {
    const { hub, publicUrl, adminUrl } = await serve('drain', ['serve'], { HUB_DRAIN_MS: '700' })
    await isReady(adminUrl)
    hub.signal('SIGTERM')
    const readiness = await until(
      () => fetch(`${adminUrl}/readyz`),
      ({ status }) => status === 503,
    )
    expect(await readiness.json()).toMatchObject({ error: { code: 'closing' } })
    const webhook = await fetch(`${publicUrl}/webhooks/drain`, {
      method: 'POST',
      headers: { 'x-vwo-auth': secret },
      body: '{}',
    })
    // What is in front of it is not to use this connection again.
    expect([webhook.status, webhook.headers.get('connection')]).toEqual([200, 'close'])
    expect((await hub.ended).code).toBe(0)
    const { requested, completed } = await observer.hgetall(keysOf('drain').refresh)
    expect(completed).toBe(requested)
  })

  it('is fetched from by an unmodified SDK', async () => {
    const { adminUrl } = await serve('sdk')
    await isReady(adminUrl)
    const { hostname, port } = new URL(adminUrl)
    // `protocol` and the rest are read by its code, and missing in its types.
    const place = {
      proxyUrl: '',
      protocol: 'http',
      hostname,
      port,
      path: `/server-side/settings?a=${accountId}&i=${sdkKey}&r=0.1&platform=server&sdk=vwo-node-sdk&sdk-v=1.73.0`,
    }
    expect(await vwoSdk.getSettingsFile(String(accountId), sdkKey, undefined, place)).toEqual(settingsFile)
  })

  it('has printed no secret, though somebody sends one for the log', async () => {
    const { hub, publicUrl, adminUrl } = await serve('secrets')
    await isReady(adminUrl)
    const url = `${publicUrl}/webhooks/secrets`
    const body = JSON.stringify({ action: `${sdkKey} ${secret}` })
    await fetch(url, { method: 'POST', headers: { 'x-vwo-auth': `${secret}x` }, body })
    await fetch(url, { method: 'POST', headers: { 'x-vwo-auth': secret }, body })
    hub.signal('SIGTERM')
    const { stdout, stderr } = await hub.ended
    expect(stdout).toMatch(/"action":"\[redacted\] \[redacted\]","msg":"webhook"/)
    expect(stdout + stderr).not.toMatch(/the-sdk-key|the-webhook-secret/)
  })

  it('does not start on a port that is taken, and says which and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''
    const { code, stderr } = await runCli(['serve'], { env: { ...envOf('taken'), HUB_PORT: port } })
    other.close()
    expect(code).toBe(2)
    expect(stderr).toBe(
      `HUB_HOST and HUB_PORT: cannot listen on 127.0.0.1:${port}, another program listens there already. ` +
        'Choose another port or stop the other program; the hub has not started.\n',
    )
  })

  it('does not start with a configuration that cannot work, and names every fault', async () => {
    // Several: where a thread was begun before, and ended unheard, the process now and then ended without a word.
    const run = () => runCli(['serve'], { env: { VWO_ACCOUNT_ID: 'abc', HUB_PORT: '99999' } })
    for (const { code, stderr } of await Promise.all([run(), run(), run()])) {
      expect(code).toBe(2)
      for (const variable of ['VWO_ACCOUNT_ID', 'VWO_SDK_KEY', 'HUB_PORT']) expect(stderr).toContain(variable)
      expect(stderr).not.toMatch(/^ +at /m)
    }
  })

  it('starts with a proxy that it cannot use, and says so', async () => {
    const { hub, adminUrl } = await serve('proxy', ['serve'], { HTTP_PROXY: 'http://hub:pass%word@proxy:1' })
    await isReady(adminUrl)
    expect(hub.stdout()).toMatch(/HTTP_PROXY: expected .* VWO is asked without a proxy/)
    expect(hub.stdout()).not.toContain('pass%word')
  })

  it('ends with 2 whatever fails before it listens', async () => {
    const failing = `const { on } = process
      process.on = (...all) => { if (all[0] === 'SIGHUP') throw new Error('no such signal'); return on.apply(process, all) }`
    const preloaded = `--import=data:text/javascript,${encodeURIComponent(failing)}`
    const hub = startCli(['serve'], { env: { ...envOf('failing'), NODE_OPTIONS: preloaded } })
    running.push(hub)
    const { code, stderr } = await hub.ended
    expect([code, stderr]).toEqual([2, expect.stringContaining('no such signal')])
  })

  it('starts without Redis, says so, and ends when asked', async () => {
    const hub = startCli(['serve'], { env: { ...envOf('alone'), REDIS_URL: 'redis://127.0.0.1:1' } })
    running.push(hub)
    await hub.printed(/cannot reach Redis/)
    hub.signal('SIGTERM')
    expect((await hub.ended).code).toBe(0)
  })

  it('ends at once after a second signal, though what was accepted is not done', async () => {
    await using hanging = await startVwoSimulator({ settingsFile, accountId, sdkKey })
    hanging.fault({ kind: 'hang' })
    const hub = startCli(['serve'], { env: { ...envOf('second'), VWO_BASE_URL: hanging.url } })
    running.push(hub)
    await hanging.requested(1)
    hub.signal('SIGTERM')
    await hub.printed(/asked to close/)
    hub.signal('SIGTERM')
    const { code, stdout } = await hub.ended
    expect(code).toBe(1)
    expect(stdout).toMatch(/second signal/)
    expect(stdout).not.toMatch(/"msg":"closed"/)
  })
})
