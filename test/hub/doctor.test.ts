import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { runCommand } from '../support/cli.ts'
import { doctor, type Finding } from '../support/doctor.ts'
import { createExamined, of, variablesOf, wrong } from '../support/examined.ts'
import { account, webhookSecret } from '../support/hub-config.ts'
import { startNode } from '../support/nodes.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { until } from '../support/until.ts'

const { version } = createRequire(import.meta.url)('@vwo-hub/hub/package.json') as { version: string }
const { server, cleanUps } = await redisForFile()
const examined = createExamined({ server, cleanUps })
const administrator = new Redis(server.url)
await administrator.config('SET', 'maxmemory-clients', '512mb')
administrator.disconnect()

describe('vwo-hub doctor', () => {
  it('is content with a hub that works, webhook included, and tells no secret', async () => {
    const { env, environment, first } = await examined()
    const app = startNode({ redisUrl: server.url, environment })
    cleanUps.push(app.close)
    await until(
      () => app.updates.length,
      (count) => count > 0,
    )
    const redis = new Redis(server.url)
    cleanUps.push(() => redis.disconnect())
    await until(
      () => redis.zcard(`vwo:{${environment}}:nodes`),
      (count) => count === 1,
    )
    const { code, stdout, stderr } = await runCommand(['doctor', '--url', first.publicUrl], { env })
    expect({ code, stderr, wrong: /^WRONG.*/m.exec(stdout)?.[0] }).toEqual({ code: 0, stderr: '' })
    for (const line of [
      `configuration +of a hub, for ${environment}`,
      'redis +redis://127\\.0\\.0\\.1:\\d+ answers in [\\d.]+ ms',
      'redis-version +(Redis|Valkey) \\d+\\.\\d+\\.\\d+',
      'redis-eviction +policy noeviction',
      'redis-connections +maxmemory-clients 536870912',
      "redis-clock +this machine's clock is \\d+ ms (ahead of|behind) that of Redis",
      'published +revision \\d+: account 123456, 1 campaign',
      `hubs +1 alive, ${version}`,
      'nodes +1 of 1 node on the newest revision',
      'secrets +the sdkKey and 1 webhook secret are set',
      'vwo +127\\.0\\.0\\.1:\\d+ answers in \\d+ ms: the key is accepted, account 123456, 1 campaign',
      'webhook +with the secret: accepted \\(200\\), and in Redis',
      'webhook +with a wrong secret: refused \\(401\\)',
    ]) {
      expect(stdout).toMatch(new RegExp(`^ok +${line}$`, 'm'))
    }
    expect(stdout).toMatch(/^(skipped|-) +redis-persistence +no append-only file, and no snapshot yet/m)
    expect(stdout.trimEnd()).toMatch(/\nFine\.$/)
    for (const hidden of [webhookSecret, account.sdkKey]) expect(stdout).not.toContain(hidden)
  })

  it('needs to know no more than where Redis is', async () => {
    const env = { REDIS_URL: server.url }
    const { code, stdout } = await runCommand(['doctor', `env-${randomUUID()}`, '--json'], { env })
    expect(code).toBe(1)
    const { isFine, findings } = JSON.parse(stdout) as { isFine: boolean; findings: Finding[] }
    expect(isFine).toBe(false)
    expect(wrong(findings)).toEqual(['published', 'hubs'])
    expect(findings.filter(({ state }) => state === 'skipped').map(({ check }) => check)).toEqual([
      'redis-persistence',
      'vwo',
      'webhook',
    ])
    for (const { state, remedy } of findings) expect(remedy !== undefined).toBe(state !== 'ok')
  })

  it('lists every fault of the configuration, and looks at Redis all the same', async () => {
    const env = { REDIS_URL: server.url, VWO_ACCOUNT_ID: 'acme', VWO_SDK_KEY: account.sdkKey }
    const findings = await doctor(env)
    expect(of(findings, 'configuration')).toEqual([
      ['failure', expect.stringMatching(/^VWO_WEBHOOK_SECRETS: expected the secret/)],
      ['failure', 'VWO_ACCOUNT_ID: expected the number of a VWO account, got "acme".'],
    ])
    expect(of(findings, 'redis')).toEqual([['ok', expect.stringMatching(/ answers in /)]])
  })

  it('warns of a proxy that it cannot use, and looks at everything all the same', async () => {
    const { env } = await examined()
    const findings = await doctor({ ...env, HTTP_PROXY: 'http://hub:pass%word@proxy:3128' })
    expect(of(findings, 'configuration')).toContainEqual([
      'warning',
      expect.stringMatching(/^HTTP_PROXY: expected .* VWO is asked without a proxy/),
    ])
    expect(wrong(findings)).toEqual([])
    expect(JSON.stringify(findings)).not.toContain('pass%word')
  })

  it('says that Redis cannot be reached, without its password, and goes on', async () => {
    const hubs = await examined()
    const env = variablesOf(hubs, 'redis://user:the-password@127.0.0.1:1')
    const { code, stdout } = await runCommand(['doctor'], { env })
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^WRONG +redis +redis:\/\/127\.0\.0\.1:1: connect ECONNREFUSED .* → see that it runs/m,
    )
    expect(stdout).toMatch(/^ok +vwo /m)
    expect(stdout).not.toContain('the-password')
  })

  it('refuses a name that no environment can have', async () => {
    const { code, stderr } = await runCommand(['doctor', 'Prod!'], { env: { REDIS_URL: server.url } })
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^Environment "Prod!": expected /)])
  })
})

describe('of VWO', () => {
  it('a key that it refuses is told, and not shown', async () => {
    const { env } = await examined()
    const findings = await doctor({ ...env, VWO_SDK_KEY: 'another-sdk-key' })
    expect(of(findings, 'vwo')).toEqual([['failure', expect.stringMatching(/VWO answered 400/)]])
    expect(JSON.stringify(findings)).not.toContain('another-sdk-key')
  })

  it('a failure of one hub is told until another one has got a good answer', async () => {
    const { keys, redis, envWithoutVwo } = await examined()
    const failedAt = async (time: number) => {
      const lastFetchAt = new Date(time).toISOString()
      await redis.hset(keys.hub('other'), {
        state: 'ready',
        lastFetchAt,
        lastFetchResult: 'vwo-unreachable',
        lastFetchMessage: 'VWO answered 500',
      })
      return of(await doctor(envWithoutVwo), 'hubs').filter(([, text]) => text?.includes('VWO answered 500'))
    }
    await redis.zadd(keys.hubs, Date.now() + 60_000, 'other')
    const { checkedAt = '' } = await redis.hgetall(keys.meta)
    expect(await failedAt(Date.parse(checkedAt) + 60_000)).toHaveLength(1)
    expect(await failedAt(Date.parse(checkedAt) - 60_000)).toEqual([])
  })

  it('what is not published yet is told', async () => {
    const { env, acts, environment } = await examined()
    await acts.pin({ as: 'ann', forMs: 60_000 })
    const redis = new Redis(server.url)
    cleanUps.push(() => redis.disconnect())
    await redis.hset(`vwo:{${environment}}:meta`, 'sha256', 'of something else')
    const findings = await doctor(env)
    expect(of(findings, 'vwo').at(-1)).toEqual(['warning', 'it has something else than what is published'])
    expect(of(findings, 'pin')).toEqual([['warning', expect.stringMatching(/^Pinned: .*It ends at 20/)]])
    expect(wrong(findings)).toEqual([])
  })
})

describe('through the public URL', () => {
  /** Answers every post so. */
  async function answering(status: (secret: unknown, path: string | undefined) => number): Promise<string> {
    const fake = createServer((request, response) => {
      request.resume()
      response.writeHead(status(request.headers['x-vwo-auth'], request.url)).end()
    })
    await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve))
    cleanUps.push(() => fake.close())
    return `http://127.0.0.1:${(fake.address() as AddressInfo).port}`
  }

  it.each([
    ['another hub answers', () => 200, /accepted \(200\), but not in this Redis/, /expected 401, got 200/],
    ['nothing is let through', () => 403, /expected 200, got 403/, /expected 401, got 403/],
    ['it is redirected', () => 301, /expected 200, got 301/, /expected 401, got 301/],
  ])('it is told that %s', async (_, status, right, otherwise) => {
    const { envWithoutVwo } = await examined()
    const findings = await doctor(envWithoutVwo, '--url', await answering(status))
    expect(of(findings, 'webhook')).toEqual([
      ['failure', expect.stringMatching(right)],
      ['failure', expect.stringMatching(otherwise)],
    ])
  })

  it.each(['/hooks', '/hooks/'])('it is posted below the path of the URL: %s', async (path) => {
    const paths: (string | undefined)[] = []
    const url = await answering((_, asked) => {
      paths.push(asked)
      return 401
    })
    await doctor({ REDIS_URL: server.url }, 'prod', '--url', `${url}${path}`)
    expect(paths).toEqual(['/hooks/webhooks/prod'])
  })

  it('that is the whole one of an environment, the others are not tried', async () => {
    const paths: (string | undefined)[] = []
    const url = await answering((_, asked) => {
      paths.push(asked)
      return 401
    })
    const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-doctor-'))
    cleanUps.push(() => rm(folder, { recursive: true }))
    const own = { ...account, baseUrl: url, webhookSecrets: ['a-secret-of-ours'] }
    const config = join(folder, 'hub.json')
    await writeFile(config, JSON.stringify({ environments: { prod: own, staging: own } }))
    const env = { REDIS_URL: server.url, HUB_CONFIG: config }
    const findings = await doctor(env, 'staging', '--url', `${url}/webhooks/prod/`)
    expect(of(findings, 'webhook')).toEqual([['skipped', 'the URL is that of another environment']])
    expect(paths.join()).not.toContain('webhooks')
    await doctor(env, 'prod', '--url', `${url}/webhooks/prod/`)
    expect(paths.join()).toContain('/webhooks/prod/')
  })

  it('every secret is tried, and the one that is refused counted, not named', async () => {
    const { envWithoutVwo, first } = await examined()
    const env = { ...envWithoutVwo, VWO_WEBHOOK_SECRETS: `${webhookSecret},another-secret-of-ours` }
    const findings = await doctor(env, '--url', first.publicUrl)
    expect(of(findings, 'webhook')).toEqual([
      ['ok', 'with secret 1 of 2: accepted (200), and in Redis'],
      ['failure', 'with secret 2 of 2: expected 200, got 401'],
      ['ok', 'with a wrong secret: refused (401)'],
    ])
  })

  it('the right secret cannot be tried where it is not known', async () => {
    const { environment, first } = await examined()
    const findings = await doctor({ REDIS_URL: server.url }, environment, '--url', first.publicUrl)
    expect(of(findings, 'webhook')).toEqual([
      ['skipped', 'the right secret is not known here'],
      ['ok', 'with a wrong secret: refused (401)'],
    ])
  })

  it.each(['hub.example.com', 'ftp://hub.example.com', 'https://user:word@hub.example.com'])(
    'is not posted to %s',
    async (url) => {
      const findings = await doctor({ REDIS_URL: server.url }, '--url', url)
      expect(of(findings, 'webhook')).toEqual([['failure', expect.stringMatching(/^expected --url with/)]])
      expect(JSON.stringify(findings)).not.toContain('user:word')
    },
  )
})
