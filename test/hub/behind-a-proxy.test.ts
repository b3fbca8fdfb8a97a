import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'
import { sha256Of } from '@vwo-hub/protocol'
import { type RedisServer, startRedisServer } from '@vwo-hub/sandbox'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { account, webhookSecret } from '../support/hub-config.ts'
import { type Hubs, running, startHubs } from '../support/hubs.ts'
import { blocksOf, startHaproxy, startNginx } from '../support/proxies.ts'
import { until } from '../support/until.ts'

/** Whatever the name, and whoever has signed it. */
const agent = new Agent({
  connect: {
    rejectUnauthorized: false,
    lookup: (_name, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
  },
})

const adminToken = 'the-admin-token'
let redis: RedisServer
let hubs: Hubs
beforeAll(async () => {
  redis = await startRedisServer()
  const config = { adminToken, appHost: '127.0.0.1', appPort: 0 }
  hubs = await startHubs({ url: redis.url, settings: running(['first']), config })
})
afterAll(async () => {
  await agent.close()
  await hubs.close()
  await redis.close()
})

const hostOf = (url = ''): string => new URL(url).host
const webhookOf = (environment: string) =>
  ({
    method: 'POST',
    headers: { 'x-vwo-auth': webhookSecret },
    body: '{"event":"settings_changed"}',
    path: `/webhooks/${environment}`,
  }) as const

describe('nginx, as the documents have it', () => {
  let nginx: Awaited<ReturnType<typeof startNginx>>
  beforeAll(async () => {
    const { publicUrl, adminUrl, appUrl } = hubs.first
    const [hub, admin, app] = [publicUrl, adminUrl, appUrl].map(hostOf)
    const blocks = await Promise.all([
      blocksOf('deployment.md', 'nginx', { 'hub-1:8080': hub ?? '', 'hub-2:8080': hub ?? '' }),
      blocksOf('dashboard.md', 'nginx', { 'hub-1:8081': admin ?? '' }),
      blocksOf('apps-without-redis.md', 'nginx', { '10.0.0.5:8082': app ?? '', '10.0.0.6:8082': app ?? '' }),
    ])
    nginx = await startNginx(blocks.join('\n'), 'gzip on; gzip_proxied any; gzip_types application/json;')
  })
  afterAll(() => nginx.close())

  const at = (name: string, path: string): string => `https://${name}:${nginx.port}${path}`

  it('passes on webhooks, and nothing else', async () => {
    const { path, ...post } = webhookOf(hubs.environment)
    const answers = await Promise.all(
      [path, `${path}/`, '/', '/healthz', '/metrics'].map(async (each) => {
        const { statusCode, body } = await request(at('hub.example.com', each), {
          dispatcher: agent,
          ...post,
        })
        await body.dump()
        return statusCode
      }),
    )
    expect(answers).toEqual([200, 200, 404, 404, 404])
  })

  it('leads an operator to the login under the path, whose cookie is for that path and for TLS', async () => {
    const visit = async (path: string, form?: Record<string, string>) => {
      const url = at('ops.example.com', path)
      const { statusCode, headers, body } = await request(url, {
        dispatcher: agent,
        ...(form && {
          method: 'POST',
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            origin: new URL(url).origin,
            'sec-fetch-site': 'same-origin',
          },
          body: new URLSearchParams(form).toString(),
        }),
      })
      await body.dump()
      const location = headers['location']
      const { pathname = '', search = '' } = location ? new URL(String(location), url) : {}
      return { statusCode, cookie: String(headers['set-cookie']), to: pathname + search }
    }
    const page = `/environments/${hubs.environment}`
    expect(await visit('/vwo-hub')).toMatchObject({ statusCode: 301, to: '/vwo-hub/' })
    expect(await visit(`/vwo-hub${page}`)).toMatchObject({
      statusCode: 303,
      to: `/vwo-hub/login?next=${encodeURIComponent(page)}`,
    })
    const signedIn = await visit('/vwo-hub/login', { token: adminToken, next: page })
    expect(signedIn).toMatchObject({ statusCode: 303, to: `/vwo-hub${page}` })
    expect(signedIn.cookie).toMatch(/; Path=\/vwo-hub\/; HttpOnly; Secure; SameSite=Strict$/)
  })

  it('hands on each event at once', async () => {
    const { body } = await request(
      at('ops.example.com', `/vwo-hub/v1/environments/${hubs.environment}/events`),
      {
        dispatcher: agent,
        headers: { authorization: `Bearer ${adminToken}` },
      },
    )
    let seen = ''
    const reading = (async () => {
      for await (const chunk of body.setEncoding('utf8')) seen += String(chunk)
    })().catch(() => {})
    await until(
      () => seen,
      (events) => events.includes('event: status'),
    )
    await hubs.vwo.set(running(['first', 'second']))
    await until(
      () => seen,
      (events) => events.includes('second'),
    )
    body.destroy()
    await reading
  })

  it('compresses settings for an app, which has them by the weak tag that this makes', async () => {
    const { accountId, sdkKey } = account
    const ask = async (headers: Record<string, string>) =>
      await request(at('vwo-hub.internal', `/server-side/settings?a=${accountId}&i=${sdkKey}`), {
        dispatcher: agent,
        headers,
      })
    const compressed = await ask({ 'accept-encoding': 'gzip' })
    const etag = String(compressed.headers['etag'])
    expect(compressed.headers['content-encoding']).toBe('gzip')
    const whole = await text(compressed.body.pipe(createGunzip()))
    expect(etag).toBe(`W/"${sha256Of(whole)}"`)
    const again = await ask({ 'accept-encoding': 'gzip', 'if-none-match': etag })
    await again.body.dump()
    expect(again.statusCode).toBe(304)
  })
})

it('HAProxy, as the documents have it, finds hubs by checks in HTTP/1.0 without a host, and passes on webhooks', async () => {
  const hub = hostOf(hubs.first.publicUrl)
  // Soon, and none is given up because a busy machine lets a check wait for more than that.
  const check = 'check inter 20ms fall 1000'
  const blocks = await blocksOf('deployment.md', 'haproxy', {
    'hub-1:8080 check': `${hub} ${check}`,
    'hub-2:8080 check': `${hub} ${check}`,
  })
  const haproxy = await startHaproxy(blocks)
  try {
    await until(haproxy.statistics, (rows) => {
      const servers = rows.filter(({ svname = '' }) => svname.startsWith('hub-'))
      const isThere = servers.map(({ status, check_code: code }) => status === 'UP' && code === '200')
      return isThere.length === 2 && !isThere.includes(false)
    })
    const { path, ...post } = webhookOf(hubs.environment)
    for (const [to, status] of [
      [path, 200],
      ['/healthz', 404],
    ] as const) {
      const { statusCode, body } = await request(`http://127.0.0.1:${haproxy.port}${to}`, post)
      await body.dump()
      expect(statusCode).toBe(status)
    }
  } finally {
    await haproxy.close()
  }
})
