import { Redis } from 'ioredis'
import vwoSdk from 'vwo-node-sdk'
import { describe, expect, it } from 'vitest'
import { createClient, type ClientError, type RedisOption } from '@vwo-hub/client'

describe('given options that cannot work', () => {
  it('refuses them at once, all together, and starts nothing', async () => {
    const make = () =>
      createClient({ environment: 'No Spaces', redis: 'redis://127.0.0.1:1', sdk: vwoSdk, staleAfterMs: NaN })
    expect(make).toThrow(/environment: .*\n?.*staleAfterMs: /s)
    expect(() => createClient({ environment: 'prod', redis: 'localhost:6379', sdk: vwoSdk })).toThrow(
      'redis://',
    )
    expect(() => createClient({ environment: 'prod', redis: undefined, sdk: vwoSdk })).toThrow(
      'is the variable set',
    )
    expect(() => createClient({ environment: 'prod', redis: 'redis://x', sdk: {} as never })).toThrow(
      'default import',
    )
  })

  it.each<[fault: string, options: object]>([
    ['staleAfterMs: expected a number of milliseconds from 10 to 1000000000', { staleAfterMs: 2 ** 31 }],
    [
      'checkIntervalMs: expected a number of milliseconds from 10 to 1000000000, got "50"',
      { checkIntervalMs: '50' },
    ],
    ['staleAfterMs: expected at least twice checkIntervalMs', { checkIntervalMs: 50, staleAfterMs: 99 }],
    ['redis.cluster: expected one or more { host, port }', { redis: { cluster: [{ port: 6379 }] } }],
    ['log: expected an object with a function warn', { log: console.warn }],
    ['redis.url: ioredis has no such option', { redis: { url: 'redis://localhost' } }],
    ['redis.cluster: expected one or more { host, port }', { redis: { cluster: [] } }],
    ['redis.cluster: expected one or more { host, port }', { redis: { cluster: ['localhost:6379'] } }],
    ['redis.sentinels: expected one or more { host, port }', { redis: { sentinels: [], name: 'vwo' } }],
    ['redis: expected a connection of ioredis', { redis: { connect: () => {}, options: {} } }],
  ])('%s', (fault, options) => {
    const make = () =>
      createClient({ environment: 'prod', redis: 'redis://127.0.0.1:1', sdk: vwoSdk, ...options })
    expect(make).toThrow(
      expect.objectContaining({ code: 'option-invalid', message: expect.stringContaining(fault) }),
    )
  })

  it('[invariant 8] lists the faults of all options, with names that it does not know, and no secret', () => {
    const options = {
      environment: 'No Spaces',
      cachefile: '/var/cache/vwo.json',
      hub: { url: 'hub:the-password@hub.internal:8081' },
      redis: 'redis://user:the-%password@localhost',
      sdk: {} as never,
      launch: { isDevelopmentMode: 'yes' } as object,
      checkIntervalMs: 1,
    }
    let refusal: unknown
    try {
      createClient(options)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toMatchObject({ name: 'ClientError', code: 'option-invalid' })
    const { message } = refusal as ClientError
    expect(message.split('\n')).toEqual([
      expect.stringMatching(/^cachefile: expected one of environment, .*cacheFile/),
      expect.stringMatching(/^environment: .*, got "No Spaces"\.$/),
      expect.stringMatching(/^checkIntervalMs: .*, got 1\.$/),
      expect.stringMatching(/^hub\.url: expected a URL such as http:/),
      expect.stringMatching(/^redis: expected .* %25/),
      expect.stringMatching(/^sdk: expected the SDK itself/),
      expect.stringMatching(/^launch\.isDevelopmentMode: expected true or false\.$/),
      'Nothing was started.',
    ])
    expect(message).not.toContain('password@')
  })

  it.each([undefined, 'hub.internal', 'redis://hub.internal', 'http://user:password@hub.internal'])(
    'refuses %s for the URL of the hub',
    (url) => {
      const make = () =>
        createClient({ environment: 'prod', redis: 'redis://x', sdk: vwoSdk, hub: { url: url as string } })
      expect(make).toThrow(/^hub\.url: expected/)
    },
  )
})

describe('given options that ioredis knows what to do with', () => {
  it.each<[what: string, redis: RedisOption]>([
    ['defaults of ioredis', new Redis({ lazyConnect: true }).options],
    ['what was left undefined', { host: '127.0.0.1', sentinels: undefined }],
    ['sentinels on this host', { name: 'vwo', sentinels: [{ port: 1 }, { port: '2' as never }] }],
    ['a socket', { path: '/tmp/nothing-listens-here.sock' }],
  ])('takes %s for Redis', async (_, redis) => {
    const client = createClient({
      environment: 'prod',
      redis,
      sdk: vwoSdk,
      launch: { isDevelopmentMode: true },
    })
    await client.close()
  })
})
