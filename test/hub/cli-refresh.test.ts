import { randomUUID } from 'node:crypto'
import { keysOf, sha256Of } from '@vwo-hub/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { runCommand } from '../support/cli.ts'
import { createPublisher, type Publisher } from '../support/publisher.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server } = await redisForFile()
const open: Publisher[] = []

afterEach(() => {
  for (const publisher of open.splice(0)) publisher.close()
})

/** An environment with one published revision, and a command that waits for a hub: this test. */
async function setUp() {
  const environment = `env-${randomUUID()}`
  const publisher = await createPublisher(server.url, environment)
  open.push(publisher)
  const keys = keysOf(environment)
  const env = { REDIS_URL: server.url }
  const revision = await publisher.publish('A')
  const vwoHub = async (...args: string[]) => await runCommand(['refresh', environment, ...args], { env })
  return {
    ...publisher,
    environment,
    keys,
    revision,
    isAlive: async (fields: Record<string, string> = {}) => {
      await publisher.handle.hubs.report('hub-a', { state: 'ready', ...fields })
    },
    vwoHub,
    /** Starts the command, and waits until it has recorded its ticket, which is 2. */
    start: async (...args: string[]) => {
      const ended = vwoHub(...args)
      await until(
        () => publisher.redis.hget(keys.refresh, 'requested'),
        (requested) => requested === '2',
      )
      return { ended }
    },
  }
}

describe('vwo-hub refresh', () => {
  it('records the request and says that no hub is alive', async () => {
    const { vwoHub, redis, keys } = await setUp()
    expect(await vwoHub()).toEqual({
      code: 1,
      stdout: 'Recorded as ticket 2, but no hub is alive. The first one that starts does it.\n',
      stderr: '',
    })
    expect(await redis.hgetall(keys.refresh)).toMatchObject({
      requested: '2',
      completed: '1',
      trigger: 'manual',
    })
  })

  it('waits for a hub, and says what was published', async () => {
    const { isAlive, start, publish } = await setUp()
    await isAlive()
    const command = await start()
    const revision = await publish('B')
    expect(await command.ended).toEqual({
      code: 0,
      stdout: `Published revision ${revision}: published by a test\n`,
      stderr: '',
    })
  })

  it('says when VWO has nothing new', async () => {
    const { isAlive, start, handle, revision } = await setUp()
    await isAlive()
    const command = await start('--json')
    const attempt = { token: randomUUID(), ticket: 2 }
    await handle.refresh.acquire({ token: attempt.token, leaseMs: 5000, owed: 0, pollIntervalMs: 0 })
    const at = new Date().toISOString()
    await handle.refresh.confirm({
      sha256: sha256Of('A'),
      checkedAt: at,
      trigger: 'manual',
      attempt,
      delayMs: 0,
      fruitless: 0,
    })
    const { code, stdout } = await command.ended
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      {
        outcome: 'unchanged',
        ticket: 2,
        revision,
        message: `VWO was asked and has nothing new: revision ${revision} stays.`,
      },
    ])
  })

  it('says no, and why, when what VWO has is refused', async () => {
    const { isAlive, start, handle } = await setUp()
    await isAlive()
    const command = await start()
    await handle.note({ what: 'refused', summary: 'campaigns[3].variations[0] is null' })
    expect(await command.ended).toEqual({
      code: 1,
      stdout: 'VWO was asked, but its answer is refused: campaigns[3].variations[0] is null\n',
      stderr: '',
    })
  })

  it('goes ahead of a back-off, once, and tells that VWO was asked in vain', async () => {
    const { isAlive, vwoHub, handle, redis, keys } = await setUp()
    const token = randomUUID()
    await handle.refresh.request('webhook')
    await handle.refresh.acquire({ token, leaseMs: 5000, owed: 0, pollIntervalMs: 0 })
    await handle.refresh.postpone(token, 600_000, 3)
    await isAlive()
    const asked = vwoHub('--json')
    await until(
      () => redis.hgetall(keys.refresh),
      ({ requested, notBefore }) => requested === '3' && notBefore === undefined,
    )
    // The back-off goes on where it was.
    expect(await redis.hget(keys.refresh, 'fruitless')).toBe('3')
    await isAlive({
      lastFetchAt: new Date(Date.now() + 1000).toISOString(),
      lastFetchResult: 'vwo-unreachable',
      lastFetchMessage: 'VWO answered 503.',
    })
    const { code, stdout } = await asked
    expect([code, JSON.parse(stdout)]).toMatchObject([
      1,
      {
        outcome: 'failed',
        ticket: 3,
        message: 'VWO was asked in vain, and is asked again: VWO answered 503.',
      },
    ])
  })

  it('ends by its deadline, with the reason that a hub has told', async () => {
    const { isAlive, vwoHub } = await setUp()
    await isAlive({
      lastFetchAt: new Date().toISOString(),
      lastFetchResult: 'vwo-unreachable',
      lastFetchMessage: 'VWO does not answer.',
    })
    const { code, stdout } = await vwoHub('--timeout', '0.1')
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^Recorded as ticket 2, not done within 0\.1 s\. The last fetch failed .*: VWO does not answer\.\n$/,
    )
  })
})
