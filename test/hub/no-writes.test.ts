import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type RedisServer, startRedisServer } from '@vwo-hub/sandbox'
import { Redis, type RedisOptions } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { connectRedis } from '../../packages/hub/dist/environment/connect.js'
import { noWritesCodeOf } from '../../packages/hub/dist/operate/no-writes.js'
import { runCommand } from '../support/cli.ts'
import { createSilentHub, environmentConfig, hubConfig } from '../support/hub-config.ts'
import { createPublisher } from '../support/publisher.ts'
import { running, startHubs } from '../support/hubs.ts'
import { until } from '../support/until.ts'

let server: RedisServer
let admin: Redis
beforeAll(async () => {
  server = await startRedisServer({
    args: ['--enable-protected-configs', 'yes', '--enable-debug-command', 'yes'],
  })
  admin = new Redis(server.url)
  const publisher = await createPublisher(server.url, 'prod')
  for (const keys of [['a'], ['a', 'b']]) await publisher.publish(JSON.stringify(running(keys)))
  publisher.close()
})
afterAll(async () => {
  admin.disconnect()
  await server.close()
})

const run = (...args: string[]) => runCommand(args, { env: { REDIS_URL: server.url } })

async function configure(name: string, value: string, before: string): Promise<void> {
  await admin.config('SET', name, value)
  onTestFinished(async () => void (await admin.config('SET', name, before)))
}

const causes: Record<string, readonly [why: string, code: string, cause: () => Promise<unknown>]> = {
  'is full': ['it is full', 'OOM', () => configure('maxmemory', '1mb', '0')],
  'has too few replicas in step': [
    'fewer replicas are in step',
    'NOREPLICAS',
    () => configure('min-replicas-to-write', '1', '0'),
  ],
  'is a replica': [
    'it is a replica',
    'READONLY',
    async () => {
      await admin.replicaof('127.0.0.1', 1)
      onTestFinished(async () => void (await admin.replicaof('NO', 'ONE')))
    },
  ],
  'cannot save': [
    'its last snapshot failed',
    'MISCONF',
    async () => {
      const [, folder] = (await admin.config('GET', 'dir')) as [string, string]
      await configure('save', '3600 1', '')
      await configure('dir', '/proc', folder)
      await admin.bgsave()
      await until(
        () => admin.info('persistence'),
        (info) => info.includes('rdb_last_bgsave_status:err'),
      )
    },
  ],
}

describe('a Redis that can be read, and', () => {
  it.each(Object.entries(causes))('%s is read on, and why it takes no writes is said', async (_, told) => {
    const [why, code, cause] = told
    const because = new RegExp(`Redis takes no writes, because ${why}.* \\(${code}.*[^.]\\)`)
    await cause()
    const status = await run('status', 'prod')
    expect([status.code, status.stderr]).toEqual([0, ''])
    expect(status.stdout).toMatch(because)
    const all = await runCommand(['environments'], {
      env: { REDIS_URL: server.url, VWO_ENVIRONMENT: 'prod' },
    })
    expect([all.code, all.stdout]).toEqual([1, expect.stringMatching(because)])
    expect((await run('history', 'prod')).stdout).toMatch(/published by a test/)
    expect((await run('nodes', 'prod')).stderr).toBe('')
    expect((await run('doctor', 'prod')).stdout).toMatch(
      new RegExp(`WRONG +redis(-writes)? .*${because.source}`),
    )
    if (code === 'READONLY') return // Whoever acts looks for the master anew then.
    const rollback = await run('rollback', 'prod', '--yes')
    expect([rollback.code, rollback.stderr]).toEqual([2, expect.stringMatching(because)])
  })
})

it('every code of what keeps Redis from being written to is in a row of docs/operations.md', async () => {
  const hubs = await startHubs({ url: server.url })
  onTestFinished(hubs.close)
  const metrics = await (await fetch(`${hubs.first.adminUrl}/metrics`)).text()
  const codes = [...metrics.matchAll(/^vwo_hub_redis_no_writes\{.*reason="(\w+)"/gm)].map(([, code]) => code)
  expect(codes).toEqual(expect.arrayContaining(Object.values(causes).map(([, code]) => code)))
  const rows = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  for (const code of codes) expect(rows).toMatch(new RegExp(`^\\|.*\`${code}\`.*\\|$`, 'm'))
})

describe('a hub whose Redis takes no writes', () => {
  it('says why on its page, in its API and in its metrics, and that it is over', async () => {
    const hubs = await startHubs({ url: server.url })
    onTestFinished(hubs.close)
    const { adminUrl } = hubs.first
    const see = async () => {
      const [page, api, metrics] = await Promise.all(
        [`/environments/${hubs.environment}`, `/v1/environments/${hubs.environment}`, '/metrics'].map(
          async (path) => await (await fetch(`${adminUrl}${path}`)).text(),
        ),
      )
      return {
        page: /class="lead">([^<]*)/.exec(page ?? '')?.[1],
        card: /Takes no writes<.*?raise maxmemory/s.test(page ?? ''),
        api: (JSON.parse(api ?? '') as { takesNoWrites?: string }).takesNoWrites,
        metrics: /vwo_hub_redis_no_writes\{.*reason="OOM"\} (\d)/.exec(metrics ?? '')?.[1],
      }
    }
    // A hub tells of itself as soon as it is connected.
    const reconnect = () => admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await admin.config('SET', 'maxmemory', '1mb')
    await reconnect()
    const full = await until(see, ({ api, card, metrics }) => api !== undefined && card && metrics === '1')
    expect(full).toEqual({
      page: expect.stringMatching(/^Redis takes no writes, because it is full \(OOM .*\)\. Webhooks get 503/),
      card: true,
      api: expect.stringMatching(/^OOM command not allowed when used memory > 'maxmemory'$/),
      metrics: '1',
    })
    await admin.config('SET', 'maxmemory', '0')
    await reconnect()
    await until(see, ({ api, card, metrics }) => api === undefined && !card && metrics === '0')
  })
})

describe('a Redis that takes', () => {
  it('no more connections is named as that', async () => {
    await until(
      () => admin.call('CLIENT', 'LIST', 'TYPE', 'normal'),
      (list) => String(list).trim().split('\n').length === 1,
    )
    await configure('maxclients', '1', '10000')
    const because = /Redis takes no more connections, because it has as many .*max number of clients/
    expect((await run('doctor', 'prod')).stdout).toMatch(new RegExp(`WRONG +redis .*${because.source}`))
    expect((await run('status', 'prod')).stderr).toMatch(because)
  })

  it('nothing, because there is no connection to it, is not told in words of the library', async () => {
    const hub = createSilentHub(
      hubConfig({
        redis: { kind: 'standalone', url: 'redis://127.0.0.1:9' },
        environments: [environmentConfig()],
      }),
    )
    onTestFinished(() => hub.close())
    const { adminUrl } = await hub.start()
    const events = await fetch(`${adminUrl}/v1/environments/prod/events`)
    const { value } = (await events.body?.getReader().read()) ?? {}
    const [, told = '{}'] = /event: unreachable\ndata: (.*)/.exec(new TextDecoder().decode(value)) ?? []
    expect(JSON.parse(told)).toMatchObject({ reason: 'there is no connection to it' })
  })

  it('nothing while it loads is named as that', async () => {
    // It looks up from its file after each of these, and says so to whoever asks.
    const keys = Array.from({ length: 500 }, (_, key) => [`load-${key}`, randomBytes(2000).toString('hex')])
    await admin.mset(...keys.flat())
    await configure('loading-process-events-interval-bytes', '1024', '2097152')
    await configure('key-load-delay', '20000', '0')
    const busy = new Redis(server.url)
    onTestFinished(() => busy.disconnect())
    const reloaded = busy.call('DEBUG', 'RELOAD')
    await until(
      () => admin.ping().catch(String),
      (answer) => answer.includes('LOADING'),
    )
    const because = /Redis takes no writes, because it loads its data \(LOADING .*\)/
    expect((await run('doctor', 'prod')).stdout).toMatch(new RegExp(`WRONG +redis .*${because.source}`))
    expect((await run('status', 'prod')).stderr).toMatch(because)
    await admin.config('SET', 'key-load-delay', '0')
    await reloaded
    expect((await run('status', 'prod')).code).toBe(0)
  })
})

it.each([
  ['OOM command not allowed', 'OOM'],
  ['READONLY You can’t write against a read only replica.', 'READONLY'],
  [
    'ERR Error running script (call to f_64e): @user_script:9: @user_script: 9: -READONLY You can’t write',
    'READONLY',
  ],
  ['ERR Error running script (call to f_64e): @user_script:9: @user_script: 9: -OOM command not', 'OOM'],
  ['ERR Error running script (call to f_64e): @user_script:9: attempt to index nil', undefined],
])('why it takes none is found in what Redis 6 and 7 say: %s', (said, code) => {
  expect(noWritesCodeOf(said)).toBe(code)
  // It is looked for elsewhere then.
  const { options } = connectRedis({ kind: 'standalone', url: server.url }, { name: 'test' })
  expect((options as RedisOptions).reconnectOnError?.(new Error(said))).toBe(code === 'READONLY')
})
