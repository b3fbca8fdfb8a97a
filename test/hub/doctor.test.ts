import { version } from '../../packages/hub/dist/version.js'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startRedisServer } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { examine, type Finding } from '../../packages/hub/dist/operate/doctor/doctor.js'
import { checkServer } from '../../packages/hub/dist/operate/doctor/check-server.js'
import { runCli, runCommand } from '../support/cli.ts'
import { startHubs, type Hubs } from '../support/hubs.ts'
import { startNode } from '../support/nodes.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()
const administrator = new Redis(server.url)
await administrator.config('SET', 'maxmemory-clients', '512mb')
administrator.disconnect()

const secret = 'the-webhook-secret'
const sdkKey = 'the-sdk-key'

/** The variables of a hub. */
const variablesOf = ({ environment, vwo }: Pick<Hubs, 'environment' | 'vwo'>, redisUrl = server.url) => ({
  REDIS_URL: redisUrl,
  VWO_ENVIRONMENT: environment,
  VWO_ACCOUNT_ID: '123456',
  VWO_SDK_KEY: sdkKey,
  VWO_WEBHOOK_SECRETS: secret,
  VWO_BASE_URL: vwo.url,
})

/** A hub with everything, which has reported. */
async function setUp() {
  const hubs = await startHubs({ url: server.url })
  cleanUps.push(hubs.close)
  await until(
    () => hubs.redis.zcard(hubs.keys.hubs),
    (count) => count === 1,
  )
  return { ...hubs, env: variablesOf(hubs) }
}

const of = (findings: readonly Finding[], check: string) =>
  findings.filter((finding) => finding.check === check).map(({ state, text }) => [state, text])
const wrong = (findings: readonly Finding[]) =>
  findings.filter(({ state }) => state === 'failure').map(({ check }) => check)

/** A user of Redis with just these rules. @returns Its URL. */
async function userWith(...rules: string[]): Promise<string> {
  const redis = new Redis(server.url)
  const name = `user-${randomUUID()}`
  await redis.acl('SETUSER', name, 'on', '>the-password', ...rules)
  cleanUps.push(async () => {
    await redis.acl('DELUSER', name)
    redis.disconnect()
  })
  return server.url.replace('redis://', `redis://${name}:the-password@`)
}

/** Of the file that is handed out: what the user for hubs is given. */
async function hubRules(): Promise<string[]> {
  const file = await readFile(new URL('../../deploy/redis-users.acl', import.meta.url), 'utf8')
  const line = file.split('\n').find((each) => each.startsWith('user vwo-hub '))
  return line?.split(' ').filter((rule) => /^[~&+-]|^reset/.test(rule)) ?? []
}

describe('vwo-hub doctor', () => {
  it('is content with a hub that works, webhook included, and tells no secret', async () => {
    const { env, environment, first } = await setUp()
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
    for (const hidden of [secret, sdkKey]) expect(stdout).not.toContain(hidden)
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
    const env = { REDIS_URL: server.url, VWO_ACCOUNT_ID: 'acme', VWO_SDK_KEY: sdkKey }
    const findings = await examine({ env })
    expect(of(findings, 'configuration')).toEqual([
      ['failure', expect.stringMatching(/^VWO_WEBHOOK_SECRETS: expected the secret/)],
      ['failure', 'VWO_ACCOUNT_ID: expected the number of a VWO account, got "acme".'],
    ])
    expect(of(findings, 'redis')).toEqual([['ok', expect.stringMatching(/ answers in /)]])
  })

  it('says that Redis cannot be reached, without its password, and goes on', async () => {
    const hubs = await setUp()
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

/** What a server says that writes no append-only file. */
const up = ({ forS, savedAgoS }: { readonly forS: number; readonly savedAgoS: number }) =>
  [
    'redis_version:7.0.0',
    'server_time_usec:1764000000000000',
    `uptime_in_seconds:${forS}`,
    `rdb_last_save_time:${1_764_000_000 - savedAgoS}`,
  ].join('\r\n')

describe('of Redis', () => {
  it('what the user may not do is named by command and key', async () => {
    const hubs = await setUp()
    const url = await userWith('~vwo:*', 'resetchannels', '+@all', '-xadd')
    const findings = await examine({ env: variablesOf(hubs, url) })
    const [[state, text] = []] = of(findings, 'redis-permissions')
    expect(state).toBe('failure')
    const { audit, minutes, updates } = hubs.keys
    expect(text).toContain(`may not XADD ${audit}, XADD ${audit}:acts, XADD ${minutes}, PUBLISH ${updates}`)
  })

  it('a user without scripts cannot be a hub, and one without INFO leaves open what it would tell', async () => {
    const hubs = await setUp()
    const url = await userWith('~vwo:*', '&vwo:*', '+@all', '-@scripting', '-info')
    // As a process: ioredis, too, says on the console what it may not know.
    const { stdout } = await runCli(['doctor', '--json'], { env: variablesOf(hubs, url) })
    const { findings } = JSON.parse(stdout) as { findings: Finding[] }
    expect(of(findings, 'redis-permissions')).toEqual([['failure', expect.stringContaining("'eval'")]])
    expect(of(findings, 'redis-info')).toEqual([['skipped', expect.stringContaining("'info'")]])
    expect(of(findings, 'redis-clock')).toHaveLength(1)
  })

  it('the users that are handed out for hubs may do all of it', async () => {
    const hubs = await setUp()
    const rules = await hubRules()
    const findings = await examine({ env: variablesOf(hubs, await userWith(...rules)) })
    expect(of(findings, 'redis-connections')).toEqual([
      ['skipped', expect.stringMatching(/^this user may not read/)],
    ])
    expect(of(findings, 'redis-permissions')).toEqual([
      ['ok', expect.stringMatching(/^user-\S+ may do all that a hub does \(\d+ commands\)$/)],
    ])
    expect(wrong(findings)).toEqual([])
  })

  it('an eviction that takes any key is warned about', async () => {
    const own = await startRedisServer()
    cleanUps.push(own.close)
    const redis = new Redis(own.url)
    cleanUps.push(() => redis.disconnect())
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await redis.config('SET', 'appendonly', 'yes')
    const findings = await examine({ env: { REDIS_URL: own.url } })
    expect(of(findings, 'redis-eviction')).toEqual([
      ['warning', expect.stringMatching(/^policy allkeys-lru: Redis may throw settings away, once it has a/)],
    ])
    expect(of(findings, 'redis-persistence')).toEqual([['ok', 'append-only file']])
    expect(of(findings, 'redis-connections')).toEqual([
      ['warning', expect.stringMatching(/^no limit of memory/)],
    ])
  })

  it.each([
    ['redis_version:6.0.16', 'redis-version', 'failure'],
    ['redis_version:6.2.0', 'redis-version', 'ok'],
    ['redis_version:7.2.4\r\nvalkey_version:8.0.1', 'redis-version', 'ok'],
    ['redis_version:7.0.0\r\nrole:slave', 'redis-role', 'failure'],
    ['redis_version:7.0.0\r\nrdb_last_bgsave_status:err', 'redis-persistence', 'failure'],
    ['redis_version:7.0.0\r\naof_last_write_status:err', 'redis-persistence', 'failure'],
    [up({ forS: 7200, savedAgoS: 7200 }), 'redis-persistence', 'warning'],
    [up({ forS: 7200, savedAgoS: 7100 }), 'redis-persistence', 'ok'],
    [up({ forS: 600, savedAgoS: 600 }), 'redis-persistence', 'skipped'],
  ])('%j is %s: %s', async (info, check, state) => {
    const findings = checkServer({
      info: new Map(info.split('\r\n').map((line) => line.split(':') as [string, string])),
      maxmemoryClients: undefined,
      clockAheadMs: Date.now(),
    })
    expect(findings.find((finding) => finding.check === check)?.state).toBe(state)
    expect(findings.map((finding) => finding.check)).not.toContain('redis-connections')
    // The clock of 1970.
    expect(findings.at(-1)).toMatchObject({ check: 'redis-clock', state: 'warning' })
  })
})

describe('of what only hubs write', () => {
  it('counters that cannot be are told while nobody begins them anew, and that it was done afterwards', async () => {
    const { env, keys, redis, first } = await setUp()
    await first.close()
    await redis.hset(keys.refresh, { completed: '9007199254740992', notBefore: 'inf' })
    expect(of(await examine({ env }), 'counters')).toEqual([
      ['failure', expect.stringContaining('completed, notBefore')],
    ])
    await redis.hset(keys.refresh, { requested: 3, completed: 4, notBefore: 0 })
    expect(of(await examine({ env }), 'counters')).toEqual([
      ['failure', expect.stringContaining('It is in: completed')],
    ])
  })

  it('what hubs have begun anew is told for a day', async () => {
    const { env, keys, redis } = await setUp()
    expect(of(await examine({ env }), 'counters')).toEqual([])
    await redis.hset(keys.refresh, 'completed', 'inf')
    await until(
      () => redis.hget(keys.refresh, 'completed'),
      (completed) => completed !== 'inf',
    )
    expect(of(await examine({ env }), 'counters')).toEqual([
      ['warning', expect.stringMatching(/^at 20\S+Z: completed held what neither a hub nor an app writes/)],
    ])
  })
})

describe('of VWO', () => {
  it('a key that it refuses is told, and not shown', async () => {
    const { env } = await setUp()
    const findings = await examine({ env: { ...env, VWO_SDK_KEY: 'another-sdk-key' } })
    expect(of(findings, 'vwo')).toEqual([['failure', expect.stringMatching(/VWO answered 400/)]])
    expect(JSON.stringify(findings)).not.toContain('another-sdk-key')
  })

  it('a failure of one hub is told until another one has got a good answer', async () => {
    const { keys, redis, env } = await setUp()
    const failedAt = async (time: number) => {
      const lastFetchAt = new Date(time).toISOString()
      await redis.hset(keys.hub('other'), {
        state: 'ready',
        lastFetchAt,
        lastFetchResult: 'vwo-unreachable',
        lastFetchMessage: 'VWO answered 500',
      })
      return of(await examine({ env }), 'hubs').filter(([, text]) => text?.includes('VWO answered 500'))
    }
    await redis.zadd(keys.hubs, Date.now() + 60_000, 'other')
    const { checkedAt = '' } = await redis.hgetall(keys.meta)
    expect(await failedAt(Date.parse(checkedAt) + 60_000)).toHaveLength(1)
    expect(await failedAt(Date.parse(checkedAt) - 60_000)).toEqual([])
  })

  it('what is not published yet is told', async () => {
    const { env, acts, environment } = await setUp()
    await acts.pin({ as: 'ann', forMs: 60_000 })
    const redis = new Redis(server.url)
    cleanUps.push(() => redis.disconnect())
    await redis.hset(`vwo:{${environment}}:meta`, 'sha256', 'of something else')
    const findings = await examine({ env })
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
    const { env } = await setUp()
    const findings = await examine({ env, url: await answering(status) })
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
    await examine({ env: { REDIS_URL: server.url }, environment: 'prod', url: `${url}${path}` })
    expect(paths).toEqual(['/hooks/webhooks/prod'])
  })

  it('every secret is tried, and the one that is refused counted, not named', async () => {
    const { env, first } = await setUp()
    const secrets = `${secret},another-secret-of-ours`
    const findings = await examine({ env: { ...env, VWO_WEBHOOK_SECRETS: secrets }, url: first.publicUrl })
    expect(of(findings, 'webhook')).toEqual([
      ['ok', 'with secret 1 of 2: accepted (200), and in Redis'],
      ['failure', 'with secret 2 of 2: expected 200, got 401'],
      ['ok', 'with a wrong secret: refused (401)'],
    ])
  })

  it('the right secret cannot be tried where it is not known', async () => {
    const { environment, first } = await setUp()
    const findings = await examine({ env: { REDIS_URL: server.url }, environment, url: first.publicUrl })
    expect(of(findings, 'webhook')).toEqual([
      ['skipped', 'the right secret is not known here'],
      ['ok', 'with a wrong secret: refused (401)'],
    ])
  })

  it.each(['hub.example.com', 'ftp://hub.example.com', 'https://user:word@hub.example.com'])(
    'is not posted to %s',
    async (url) => {
      const findings = await examine({ env: { REDIS_URL: server.url }, url })
      expect(of(findings, 'webhook')).toEqual([['failure', expect.stringMatching(/^expected --url with/)]])
      expect(JSON.stringify(findings)).not.toContain('user:word')
    },
  )
})
