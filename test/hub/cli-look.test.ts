import { randomUUID } from 'node:crypto'
import { keysOf } from '@vwo-hub/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { runCommand } from '../support/cli.ts'
import { createPublisher, type Publisher } from '../support/publisher.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server } = await redisForFile()
const open: Publisher[] = []

afterEach(() => {
  for (const publisher of open.splice(0)) publisher.close()
})

async function setUp() {
  const environment = `env-${randomUUID()}`
  const publisher = await createPublisher(server.url, environment)
  open.push(publisher)
  const env = { REDIS_URL: server.url }
  return {
    ...publisher,
    environment,
    keys: keysOf(environment),
    vwoHub: async (command: string, ...args: string[]) =>
      await runCommand([command, environment, ...args], { env }),
  }
}

const textOf = (version: number) => JSON.stringify({ version, accountId: 1, campaigns: [] })
const hub = {
  state: 'ready',
  startedAt: new Date().toISOString(),
  host: 'a',
  pid: 1,
  version: '1.0.0',
  revision: 0,
}

describe('vwo-hub status', () => {
  it('says no when nothing is published, and that no hub is alive', async () => {
    const { vwoHub } = await setUp()
    const { code, stdout, stderr } = await vwoHub('status')
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout).toMatch(
      /^revision +none: nothing has been published yet\. Are the name of the environment and HUB_PREFIX right\?$/m,
    )
    expect(stdout).toMatch(/^hubs +none alive: nothing is kept current$/m)
  })

  it('says what is published, since when, by whom it is kept current, and what happened', async () => {
    const { vwoHub, publish, handle } = await setUp()
    const revision = await publish(textOf(1))
    await handle.hubs.report('hub-a', hub)
    const { code, stdout, stderr } = await vwoHub('status')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(new RegExp(`^revision +${revision}, .* ago|now`, 'm'))
    expect(stdout).toMatch(/^content +0 campaigns, 42 B, sha256 [0-9a-f]{12}$/m)
    expect(stdout).toMatch(/^environment +env-\S+ {2}The newest revision is published\. No node reports\.$/m)
    expect(stdout).toMatch(/^nodes +none has reported$/m)
    expect(stdout).toMatch(/^refresh +idle, ticket 1 of 1 done/m)
    expect(stdout).toMatch(/^hubs +hub-a ready, started .*, 1\.0\.0$/m)
    expect(stdout).toMatch(new RegExp(`publish +${revision} +published by a test$`, 'm'))
  })

  it('says first that nobody keeps it current, and how many nodes are behind', async () => {
    const { vwoHub, publish, redis, keys } = await setUp()
    const revision = await publish(textOf(1))
    await redis.hset(keys.node('shop-1'), { revision: String(revision - 1), state: 'ready' })
    await redis.zadd(keys.nodes, Date.now(), 'shop-1')
    const { stdout } = await vwoHub('status')
    expect(stdout).toMatch(/^environment +env-\S+ {2}No hub is alive: nothing is kept current\.$/m)
    expect(stdout).toMatch(/^nodes +0 of 1 node on revision \d+, 1 lagging: vwo-hub nodes env-\S+$/m)
  })

  it('gives programs the same as JSON', async () => {
    const { vwoHub, publish, environment } = await setUp()
    const revision = await publish(textOf(1))
    const { code, stdout } = await vwoHub('status', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      environment,
      current: { revision, campaigns: 0 },
      refresh: { requested: 1, completed: 1 },
      hubs: [],
      audit: [{ what: 'publish', revision }],
    })
  })

  it('makes what others have written harmless, for people and for programs', async () => {
    const { vwoHub, handle } = await setUp()
    const hostile = 'a\u001B[31m\u009B31mb\r\n\u202Ec'
    await handle.note({ what: 'failed', summary: hostile })
    await handle.hubs.report(`hub-${hostile}`, hub)
    const people = await vwoHub('status')
    const programs = await vwoHub('status', '--json')
    for (const { stdout } of [people, programs]) expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u)
    expect(JSON.parse(programs.stdout)).toMatchObject({ audit: [{ summary: hostile }] })
  })

  it('takes the environment from VWO_ENVIRONMENT, and the prefix from HUB_PREFIX', async () => {
    const { environment } = await setUp()
    const env = { REDIS_URL: server.url, VWO_ENVIRONMENT: environment, HUB_PREFIX: 'other' }
    const observer = open[0]?.redis
    await observer?.hset(keysOf(environment, 'other').meta, { revision: '5' })
    const { code, stdout } = await runCommand(['status', '--json'], { env })
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { environment, current: { revision: 5 } }])
  })

  it('names the key that has the wrong type, and tells the rest', async () => {
    const { vwoHub, redis, keys, publish } = await setUp()
    const revision = await publish(textOf(1))
    await redis.set(keys.audit, 'not a stream')
    const { code, stdout, stderr } = await vwoHub('status')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^ DAMAGED +no hub writes what these hold: audit\. /)
    expect(stdout).toContain(`revision     ${revision}`)
  })

  it('does not look into another database than the one that was named', async () => {
    const { environment, publish } = await setUp()
    await publish(textOf(1))
    const { code, stderr } = await runCommand(['status', environment], {
      env: { REDIS_URL: `${server.url}/99` },
    })
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /^Cannot reach Redis at redis:\/\/127\.0\.0\.1:\d+\/99: .*DB index is out of range\. Check/,
    )
  })

  it('names the command that Redis does not allow, and where to see what is needed', async () => {
    const { environment, redis } = await setUp()
    const user = `user-${randomUUID()}`
    await redis.acl('SETUSER', user, 'on', '>pw', '~vwo:*', '&vwo:*', '+@all', '-xrevrange')
    const env = { REDIS_URL: server.url.replace('redis://', `redis://${user}:pw@`) }
    expect(await runCommand(['status', environment], { env })).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(`refuses: NOPERM .*'xrevrange' command\\. .*: vwo-hub doctor ${environment}\\n$`),
      ) as string,
    })
    const wrong = { REDIS_URL: env.REDIS_URL.replace(':pw@', ':other@') }
    expect((await runCommand(['status', environment], { env: wrong })).stderr).toMatch(
      /: WRONGPASS .* is disabled\. Check that/,
    )
  })
})

describe('vwo-hub history', () => {
  it('says no when there is none', async () => {
    const { vwoHub, environment } = await setUp()
    expect(await vwoHub('history')).toEqual({
      code: 1,
      stdout: `Nothing has been published for "${environment}" yet. Are the name of the environment and HUB_PREFIX right?\n`,
      stderr: '',
    })
  })

  it('lists the revisions, newest first, one in each line', async () => {
    const { vwoHub, publish } = await setUp()
    const first = await publish(textOf(1))
    const second = await publish(textOf(22))
    const { code, stdout } = await vwoHub('history')
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatch(/^REVISION +PUBLISHED +BY +SIZE +CAMPAIGNS +CHANGE$/)
    expect(lines[1]).toMatch(
      new RegExp(
        `^${second} \\* +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d [+-]\\d\\d:\\d\\d +manual +43 B +0 +published by a test$`,
      ),
    )
    expect(lines[2]).toMatch(new RegExp(`^${first} +.*manual +42 B +0 +published by a test$`))
  })

  it('gives programs the same as JSON', async () => {
    const { vwoHub, publish, environment } = await setUp()
    const revision = await publish(textOf(1))
    const { stdout } = await vwoHub('history', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      environment,
      revisions: [{ revision, isCurrent: true, bytes: 42 }],
    })
  })

  it('says that the list of revisions is gone where Redis has lost it, and not that there was nothing before', async () => {
    const { vwoHub, publish, redis, keys } = await setUp()
    await publish(textOf(1))
    const second = await publish(textOf(2))
    expect((await vwoHub('history')).stdout).not.toContain('lost')
    await redis.del(keys.revisions)
    const { code, stdout } = await vwoHub('history')
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\nRedis has lost the list of revisions: /)])
    expect(stdout).toContain(String(second))
  })
})

describe('vwo-hub show', () => {
  it('prints exactly what was published', async () => {
    const { vwoHub, publish } = await setUp()
    const text = '{ "version": 1,\n"accountId":1, "campaigns":[ ], "name": "ü\u009B" }'
    await publish(text)
    expect(await vwoHub('show')).toEqual({ code: 0, stdout: text, stderr: '' })
  })

  it('finds a revision by number, by counting back, and by time', async () => {
    const { vwoHub, publish } = await setUp()
    const first = await publish(textOf(1))
    await publish(textOf(2))
    for (const name of [String(first), 'previous', '~1', new Date(first).toISOString()]) {
      expect(await vwoHub('show', name)).toEqual({ code: 0, stdout: textOf(1), stderr: '' })
    }
  })

  it('finds a revision by the times that status and history tell', async () => {
    const { vwoHub, publish } = await setUp()
    await publish(textOf(1))
    const { current } = JSON.parse((await vwoHub('status', '--json')).stdout) as {
      current: { publishedAt: string }
    }
    const { revisions } = JSON.parse((await vwoHub('history', '--json')).stdout) as {
      revisions: { publishedAt: string }[]
    }
    const [, inList] = /\* +(\S+ \S+)/.exec((await vwoHub('history')).stdout) ?? []
    for (const name of [current.publishedAt, String(revisions[0]?.publishedAt), String(inList)]) {
      expect(await vwoHub('show', name)).toEqual({ code: 0, stdout: textOf(1), stderr: '' })
    }
  })

  it('says where a revision is named, when it is taken for the environment', async () => {
    const env = { REDIS_URL: server.url }
    const hint = (name: string) => `A revision is named after the environment: "default ${name}".\n`
    for (const name of ['~1', '14:05', 'previous', '2025-11-23']) {
      const { code, stderr } = await runCommand(['show', name], { env })
      expect(code).toBeGreaterThan(0)
      expect(stderr).toContain(hint(name))
    }
    expect((await runCommand(['show', 'nobody'], { env })).stderr).not.toContain('A revision is named')
  })

  it('indents for people', async () => {
    const { vwoHub, publish } = await setUp()
    await publish('{"version":1}')
    expect((await vwoHub('show', 'latest', '--pretty')).stdout).toBe('{\n  "version": 1\n}\n')
  })

  it('gives programs the same in one line, with the revision that it is', async () => {
    const { vwoHub, publish, environment } = await setUp()
    const revision = await publish(textOf(1))
    await publish(textOf(2))
    const { code, stdout } = await vwoHub('show', 'previous', '--json')
    expect([code, stdout.trimEnd().split('\n')]).toEqual([0, [expect.any(String)]])
    expect(JSON.parse(stdout)).toEqual({ environment, revision, settings: JSON.parse(textOf(1)) as unknown })
  })

  it('says no to a revision that there is not', async () => {
    const { vwoHub, publish } = await setUp()
    const revision = await publish(textOf(1))
    const { code, stdout, stderr } = await vwoHub('show', '~1')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      new RegExp(`^Cannot find revision "~1": expected a number, .*within the 1 kept .*${revision}.*\\n$`),
    )
  })
})
