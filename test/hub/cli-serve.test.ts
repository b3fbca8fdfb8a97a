import { createServer } from 'node:net'
import { once } from 'node:events'
import { keysOf } from '@vwo-hub/protocol'
import { type RedisServer, startRedisServer, startVwoSimulator, type VwoSimulator } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import vwoSdk from 'vwo-node-sdk'
import { type RunningCli, runCli, startCli } from '../support/cli.ts'
import { runs } from '../support/runs.ts'
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
afterAll(async () => {
  for (const hub of running) hub.signal('SIGKILL')
  await Promise.all(running.map(({ ended }) => ended))
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

function start(args: readonly string[], env: Readonly<Record<string, string>>): RunningCli {
  const hub = startCli(args, { env })
  running.push(hub)
  return hub
}

describe('vwo-hub without a command, with a proxy that it cannot use', () => {
  let hub: RunningCli
  let publicUrl: string
  let adminUrl: string

  beforeAll(async () => {
    hub = start([], {
      ...envOf('default'),
      HTTP_PROXY: 'http://hub:pass%word@proxy:1',
      HUB_DRAIN_MS: '700',
    })
    publicUrl = await hub.printed(/"publicUrl":"([^"]+)"/)
    adminUrl = await hub.printed(/"adminUrl":"([^"]+)"/)
    await until(
      async () => (await fetch(`${adminUrl}/readyz`)).status,
      (status) => status === 200,
    )
  })

  const webhook = async (carried: string, body = '{"event":"settings_changed"}') =>
    await fetch(`${publicUrl}/webhooks/default`, {
      method: 'POST',
      headers: { 'x-vwo-auth': carried, 'content-type': 'application/json' },
      body,
    })

  it('is a hub that says where it listens, and publishes', async () => {
    expect((await fetch(`${publicUrl}/healthz`)).status).toBe(200)
    expect(JSON.parse((await observer.get(keysOf('default').settings)) ?? '')).toEqual(settingsFile)
  })

  it('says that VWO is asked without the proxy', () => {
    expect(hub.stdout()).toMatch(/HTTP_PROXY: expected .* VWO is asked without a proxy/)
  })

  it('is fetched from by an unmodified SDK', async () => {
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

  it('takes secrets that somebody sends out of what it says of webhooks', async () => {
    const body = JSON.stringify({ action: `${sdkKey} ${secret}` })
    expect((await webhook(`${secret}x`, body)).status).toBe(401)
    expect((await webhook(secret, body)).status).toBe(200)
    await hub.printed(/"action":"\[redacted\] \[redacted\]","msg":"webhook"/)
  })

  it('takes webhooks after SIGTERM while it says that it is closing, finishes them, and ends with 0, having told no secret', async () => {
    hub.signal('SIGTERM')
    const readiness = await until(
      () => fetch(`${adminUrl}/readyz`),
      ({ status }) => status === 503,
    )
    expect(await readiness.json()).toMatchObject({ error: { code: 'closing' } })
    // It is not done yet when no more of them are taken.
    vwo.fault({ kind: 'delay', delayMs: 1000, times: 1 })
    const { status, headers } = await webhook(secret)
    // What is in front of it is not to use this connection again.
    expect([status, headers.get('connection')]).toEqual([200, 'close'])
    const { code, stdout, stderr } = await hub.ended
    expect([code, stderr]).toEqual([0, ''])
    const { requested, completed } = await observer.hgetall(keysOf('default').refresh)
    expect([completed, Number(completed)]).toEqual([requested, expect.toSatisfy((count) => count >= 3)])
    expect(stdout).not.toMatch(/the-sdk-key|the-webhook-secret|pass%word/)
  })
})

describe('vwo-hub serve', () => {
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
    const run = () => runCli(['serve'], { env: { VWO_ACCOUNT_ID: 'abc', HUB_PORT: '99999' } })
    // Several: where a thread was begun before, and ended unheard, the process now and then ended without a word.
    for (const { code, stderr } of await Promise.all(Array.from({ length: runs(3) }, run))) {
      expect(code).toBe(2)
      for (const variable of ['VWO_ACCOUNT_ID', 'VWO_SDK_KEY', 'HUB_PORT']) expect(stderr).toContain(variable)
      expect(stderr).not.toMatch(/^ +at /m)
    }
  })

  it('ends with 2 whatever fails before it listens', async () => {
    const failing = `const { on } = process
      process.on = (...all) => { if (all[0] === 'SIGHUP') throw new Error('no such signal'); return on.apply(process, all) }`
    const preloaded = `--import=data:text/javascript,${encodeURIComponent(failing)}`
    const { code, stderr } = await start(['serve'], { ...envOf('failing'), NODE_OPTIONS: preloaded }).ended
    expect([code, stderr]).toEqual([2, expect.stringContaining('no such signal')])
  })

  it('starts without Redis, says so, and ends when a person asks, who waits for nobody', async () => {
    const hub = start(['serve'], {
      ...envOf('alone'),
      REDIS_URL: 'redis://127.0.0.1:1',
      HUB_DRAIN_MS: '600000',
    })
    await hub.printed(/cannot reach Redis/)
    hub.signal('SIGINT')
    expect((await hub.ended).code).toBe(0)
  })

  it('ends at once after a second signal, though what was accepted is not done', async () => {
    await using hanging = await startVwoSimulator({ settingsFile, accountId, sdkKey })
    hanging.fault({ kind: 'hang' })
    const hub = start(['serve'], { ...envOf('second'), VWO_BASE_URL: hanging.url })
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
