import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import vwoSdk from 'vwo-node-sdk'
import { describe, expect, it, vi } from 'vitest'
import { createClient, type ClientError } from '@vwo-hub/client'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { decides, everybodyGets, following } from '../support/followed.ts'

const { server, cleanUps } = await redisForFile()
const { setUp } = following(server, cleanUps)

describe('given settings in Redis', () => {
  it('is ready with them, and decides', async () => {
    const { publisher, follow } = await setUp()
    const revision = await publisher.publish(everybodyGets('A'))
    const app = follow()
    expect(await app.vwo.ready()).toEqual({ state: 'ready', revision, source: 'redis' })
    expect(app.decision()).toBe('A')
    expect(app.vwo.status.confirmedAt).toBeGreaterThan(0)
  })

  it('every client swaps to each update, and says what it did', async () => {
    const { publisher, follow } = await setUp()
    const first = await publisher.publish(everybodyGets('A'))
    const apps = [follow(), follow(), follow()]
    await Promise.all(apps.map(({ vwo }) => vwo.ready()))
    const second = await publisher.publish(everybodyGets('B'))
    await Promise.all(apps.map((app) => decides(app, 'B')))
    for (const { updates } of apps) {
      expect(updates.map(({ revision, previousRevision }) => [revision, previousRevision])).toEqual([
        [first, 0],
        [second, first],
      ])
      // Nobody has waited for the first.
      expect(updates[0]?.lagMs).toBeNull()
      expect(updates[1]?.lagMs).toBeGreaterThanOrEqual(0)
      expect(updates[1]?.swapMs).toBeGreaterThan(0)
    }
  })

  it('nobody sees a revision that the listeners have not heard of', async () => {
    const { publisher, follow } = await setUp()
    const revision = await publisher.publish(everybodyGets('A'))
    const seen: number[] = []
    /** Beside the swap that launches the SDK. */
    const look = async (): Promise<void> => {
      for (let looks = 0; looks < 100; looks += 1) {
        const heard = app.updates.at(-1)?.revision ?? 0
        if (app.vwo.status.revision !== heard) seen.push(app.vwo.status.revision)
        await Promise.resolve()
      }
    }
    const launch = (config: Parameters<typeof vwoSdk.launch>[0]) => {
      void look()
      return vwoSdk.launch(config)
    }
    const app = follow({ sdk: { launch } })
    expect(await app.vwo.ready()).toMatchObject({ revision })
    expect([seen, app.updates.length]).toEqual([[], 1])
  })

  it('an update that came by message says what it changed; the first settings do not', async () => {
    const { publisher, follow } = await setUp({ checkIntervalMs: 60_000 })
    await publisher.publish(everybodyGets('A'))
    const app = follow()
    await app.vwo.ready()
    await until(
      () => publisher.redis.client('LIST'),
      (list) => /name=vwo-client:\S+ .* sub=1 /.test(String(list)),
    )
    await publisher.publish(everybodyGets('B'))
    await decides(app, 'B')
    expect(app.updates.map(({ summary }) => summary)).toEqual([undefined, 'published by a test'])
  })

  it('[invariant 3] settings that the SDK cannot use change nothing, and are told once', async () => {
    const { publisher, follow } = await setUp({ checkIntervalMs: 20 })
    const first = await publisher.publish(everybodyGets('A'))
    const app = follow()
    await app.vwo.ready()
    const broken = await publisher.publish('{"campaigns":[{"variations":[null]}]}')
    await until(
      () => app.errors.length,
      (count) => count > 0,
    )
    const next = await publisher.publish(everybodyGets('C'))
    await decides(app, 'C')
    expect(app.updates.map(({ revision }) => revision)).toEqual([first, next])
    expect(app.errors).toHaveLength(1)
    expect(app.errors[0]?.message).toContain(`revision ${broken}`)
    expect(app.errors[0]?.message).toContain(`Revision ${first} stays in use.`)
  })

  it('tells of a storage of the app that always fails once a minute, not with each decision, check or reason', async () => {
    const { publisher, follow } = await setUp({ checkIntervalMs: 20 })
    await publisher.publish(everybodyGets('A'))
    let calls = 0
    const userStorageService = {
      get: (user: string) => {
        if (user === 'new') return undefined
        calls += 1
        throw new Error(`no answer to call ${calls}`)
      },
      set: async () => Promise.reject(new Error('read-only')),
    }
    const app = follow({ launch: { isDevelopmentMode: true, userStorageService } })
    await app.vwo.ready()
    for (let n = 0; n < 3; n += 1) {
      const before = app.vwo.status.confirmedAt ?? 0
      await until(
        () => app.vwo.status.confirmedAt ?? 0,
        (confirmedAt) => confirmedAt > before,
      )
      expect(app.vwo.activate('checkout-test', 'user')).toBe('A')
      expect(app.vwo.activate('checkout-test', 'new')).toBe('A')
    }
    const inAMinute = performance.now() + 60_001
    vi.spyOn(performance, 'now').mockReturnValue(inAMinute)
    expect(app.vwo.activate('checkout-test', 'user')).toBe('A')
    vi.restoreAllMocks()
    expect(app.errors.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'callback-failed: userStorageService.get of the launch options failed: no answer to call 1. Decisions go on.',
      'callback-failed: userStorageService.set of the launch options failed: read-only. Decisions go on.',
      `callback-failed: userStorageService.get of the launch options failed: no answer to call ${calls}. Decisions go on.`,
    ])
  })

  it('tells of one outage once, whatever reasons the attempts to connect fail for', async () => {
    let attempts = 0
    // In turn: ended, reset, and answered by something that is no Redis.
    const nobody = createTcpServer((socket) => {
      attempts += 1
      socket.on('error', () => {})
      if (attempts % 3 === 0) socket.end()
      else if (attempts % 3 === 1) socket.resetAndDestroy()
      else socket.end('-NOT a Redis\r\n')
    })
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve))
    cleanUps.push(() => nobody.close())
    const { port } = nobody.address() as AddressInfo
    const { follow } = await setUp({ redis: { host: '127.0.0.1', port } })
    const app = follow()
    await until(
      () => attempts,
      (count) => count > 6,
    )
    expect(app.errors.map(({ code }) => code)).toEqual(['redis-unreachable'])
  })

  it('[invariant 8] no error has the password anywhere in it', async () => {
    const { environment } = await setUp()
    const errors: ClientError[] = []
    const url = server.url.replace('redis://', 'redis://someone:the-secret-password@')
    const vwo = createClient({ environment, redis: url, sdk: vwoSdk })
    cleanUps.push(vwo.close)
    vwo.on('error', (error) => errors.push(error))
    await until(
      () => errors.length,
      (count) => count > 0,
    )
    expect(errors[0]?.message).toContain('WRONGPASS')
    expect(inspect(errors, { depth: Infinity, showHidden: true })).not.toContain('the-secret-password')
  })

  it('getAndUpdateSettingsFile asks for a refresh and answers with what came of it', async () => {
    const { publisher, follow, keys } = await setUp()
    await publisher.publish(everybodyGets('A'))
    const app = follow()
    await app.vwo.ready()
    const answer = app.vwo.getAndUpdateSettingsFile()
    await until(
      () => publisher.redis.get(keys.asks),
      (asks) => asks === '1',
    )
    await publisher.publish(everybodyGets('B'))
    expect(await answer).toMatchObject({ campaigns: [{ variations: [{ name: 'B' }] }] })
    expect(app.decision()).toBe('B')
  })
})

describe('given a client that is closed', () => {
  it('[invariant 7] keeps deciding, leaves no connection, timer or pending promise, and is closed once', async () => {
    const { publisher, follow } = await setUp()
    await publisher.publish(everybodyGets('A'))
    const resources = (kind: string) =>
      process.getActiveResourcesInfo().filter((other) => other === kind).length
    const kinds = ['TCPSocketWrap', 'TCPWrap', 'Timeout', 'FSReqPromise']
    const before = kinds.map(resources)
    const app = follow()
    await app.vwo.ready()
    expect(await publisher.redis.client('LIST')).toContain('vwo-client')
    await Promise.all([app.vwo.close(), app.vwo.close()])
    expect(app.vwo.status.state).toBe('closed')
    expect(app.decision()).toBe('A')
    await expect(app.vwo.getAndUpdateSettingsFile()).rejects.toMatchObject({ code: 'closed' })
    await until(
      () => kinds.map(resources),
      (now) => now.every((count, index) => count <= (before[index] ?? 0)),
    )
    await until(
      () => publisher.redis.client('LIST'),
      (connections) => !String(connections).includes('vwo-client'),
    )
  })
})
