import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { checkServer } from '../../packages/hub/dist/operate/doctor/check-server.js'
import { runCli } from '../support/cli.ts'
import { doctor, type Finding } from '../support/doctor.ts'
import { createExamined, of, variablesOf, wrong } from '../support/examined.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { until } from '../support/until.ts'

const { server, cleanUps } = await redisForFile()
const examined = createExamined({ server, cleanUps })

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
    const hubs = await examined()
    const url = await userWith('~vwo:*', 'resetchannels', '+@all', '-xadd')
    const findings = await doctor({ ...hubs.envWithoutVwo, REDIS_URL: url })
    const [[state, text] = []] = of(findings, 'redis-permissions')
    expect(state).toBe('failure')
    const { audit, minutes, updates } = hubs.keys
    expect(text).toContain(`may not XADD ${audit}, XADD ${audit}:acts, XADD ${minutes}, PUBLISH ${updates}`)
  })

  it('a user without scripts cannot be a hub, and one without INFO leaves open what it would tell', async () => {
    const hubs = await examined()
    const url = await userWith('~vwo:*', '&vwo:*', '+@all', '-@scripting', '-info')
    // As a process: ioredis, too, says on the console what it may not know.
    const { stdout } = await runCli(['doctor', '--json'], { env: { ...hubs.envWithoutVwo, REDIS_URL: url } })
    const { findings } = JSON.parse(stdout) as { findings: Finding[] }
    expect(of(findings, 'redis-permissions')).toEqual([['failure', expect.stringContaining("'eval'")]])
    expect(of(findings, 'redis-info')).toEqual([['skipped', expect.stringContaining("'info'")]])
    expect(of(findings, 'redis-clock')).toHaveLength(1)
  })

  it('the users that are handed out for hubs may do all of it', async () => {
    const hubs = await examined()
    const rules = await hubRules()
    const findings = await doctor(variablesOf(hubs, await userWith(...rules)))
    expect(of(findings, 'redis-connections')).toEqual([
      ['skipped', expect.stringMatching(/^this user may not read/)],
    ])
    expect(of(findings, 'redis-permissions')).toEqual([
      ['ok', expect.stringMatching(/^user-\S+ may do all that a hub does \(\d+ commands\)$/)],
    ])
    expect(wrong(findings)).toEqual([])
  })

  it('an eviction that takes any key is warned about', async () => {
    const redis = new Redis(server.url)
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await redis.config('SET', 'appendonly', 'yes')
    cleanUps.push(async () => {
      await redis.config('SET', 'maxmemory-policy', 'noeviction')
      await redis.config('SET', 'appendonly', 'no')
      redis.disconnect()
    })
    const findings = await doctor({ REDIS_URL: server.url })
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
    const { envWithoutVwo, keys, redis, first } = await examined()
    await first.close()
    await redis.hset(keys.refresh, { completed: '9007199254740992', notBefore: 'inf' })
    expect(of(await doctor(envWithoutVwo), 'counters')).toEqual([
      ['failure', expect.stringContaining('completed, notBefore')],
    ])
    await redis.hset(keys.refresh, { requested: 3, completed: 4, notBefore: 0 })
    expect(of(await doctor(envWithoutVwo), 'counters')).toEqual([
      ['failure', expect.stringContaining('It is in: completed')],
    ])
  })

  it('what hubs have begun anew is told for a day', async () => {
    const { envWithoutVwo, keys, redis, first } = await examined()
    expect(of(await doctor(envWithoutVwo), 'counters')).toEqual([])
    await redis.hset(keys.refresh, 'completed', 'inf')
    await until(
      () => redis.hget(keys.refresh, 'completed'),
      (completed) => completed !== 'inf',
    )
    expect(of(await doctor(envWithoutVwo), 'counters')).toEqual([
      ['warning', expect.stringMatching(/^at 20\S+Z: completed held what neither a hub nor an app writes/)],
    ])
    // The same entry, a day earlier.
    await first.close()
    const entries = await redis.xrange(keys.audit, '-', '+')
    const [id, fields] = entries.find(([, words]) => words.includes('reset')) ?? ['', []]
    await redis.del(keys.audit)
    const write = (earlierMs: number) =>
      redis.xadd(keys.audit, `${Number.parseInt(id, 10) - earlierMs}-1`, ...fields)
    await write(86_400_000)
    expect(of(await doctor(envWithoutVwo), 'counters')).toEqual([])
    await write(86_000_000)
    expect(of(await doctor(envWithoutVwo), 'counters')).toHaveLength(1)
  })
})
