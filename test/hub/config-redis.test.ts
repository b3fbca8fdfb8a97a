import { describe, expect, it } from 'vitest'
import { readRedisConfig } from '../../packages/hub/dist/config/command-config.js'
import { type Env, without, read, faultsOf } from '../support/config-env.ts'

describe('Redis', () => {
  const redisOf = (env: Env, files: Record<string, string> = {}) =>
    read({ ...without('REDIS_URL'), ...env }, files).redis
  const redisFaults = (env: Env, files: Record<string, string> = {}) =>
    faultsOf({ ...without('REDIS_URL'), ...env }, files)
  const pem = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n'

  it('is one server, several sentinels or a cluster', () => {
    expect(redisOf({ REDIS_URL: 'rediss://user:p%40ss@host:6380/3' })).toEqual({
      kind: 'standalone',
      url: 'rediss://user:p%40ss@host:6380/3',
    })
    expect(
      redisOf({
        REDIS_SENTINELS: 'sentinel-1, 10.0.0.2:5000,[::1]:5001',
        REDIS_SENTINEL_MASTER: 'mymaster',
        REDIS_SENTINEL_USERNAME: 'watcher',
        REDIS_SENTINEL_PASSWORD: 'w',
        REDIS_USERNAME: 'hub',
        REDIS_PASSWORD: 'p@ss',
      }),
    ).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 'sentinel-1', port: 26_379 },
        { host: '10.0.0.2', port: 5000 },
        { host: '::1', port: 5001 },
      ],
      master: 'mymaster',
      sentinelUsername: 'watcher',
      sentinelPassword: 'w',
      username: 'hub',
      password: 'p@ss',
    })
    expect(
      redisOf({ REDIS_CLUSTER_NODES: 'a,b:7001', REDIS_TLS_CA_FILE: '/ca.pem' }, { '/ca.pem': pem }),
    ).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 7001 },
      ],
      tls: { ca: pem },
    })
  })

  it('takes user and password from their own variables into the URL', () => {
    expect(
      redisOf({ REDIS_URL: 'redis://host:6379/1', REDIS_PASSWORD_FILE: '/pw' }, { '/pw': 'p@ss/w:rd\n' }),
    ).toEqual({
      kind: 'standalone',
      url: 'redis://:p%40ss%2Fw%3Ard@host:6379/1',
    })
    expect(redisFaults({ REDIS_URL: 'redis://u:p@host', REDIS_USERNAME: 'u' })).toEqual([
      'REDIS_URL: expected user and password in it or in REDIS_USERNAME and REDIS_PASSWORD, got them in both.',
    ])
  })

  it.each(['redis://:p%ss@host', 'redis://u%:pass@host', 'rediss://:p%ff@host'])(
    '[invariant 8] is refused where a %% stands for itself, without telling the password: %s',
    (url) => {
      expect(redisFaults({ REDIS_URL: url })).toEqual([
        expect.stringMatching(/^REDIS_URL: expected .* percent-encode % as %25\), got \d+ characters\.$/),
      ])
      expect(redisOf({ REDIS_URL: 'redis://:p%25ss@host' })).toMatchObject({ url: 'redis://:p%25ss@host' })
    },
  )

  it('is reached over TLS where that is said, and only where it can be', () => {
    expect(redisOf({ REDIS_URL: 'rediss://host', REDIS_TLS_CA_FILE: '/ca.pem' }, { '/ca.pem': pem })).toEqual(
      {
        kind: 'standalone',
        url: 'rediss://host',
        tls: { ca: pem },
      },
    )
    expect(redisOf({ REDIS_CLUSTER_NODES: 'a', REDIS_TLS: 'true' })).toMatchObject({ tls: {} })
    expect(redisOf({ REDIS_CLUSTER_NODES: 'a', REDIS_TLS: 'false' })).not.toHaveProperty('tls')
    expect(redisFaults({ REDIS_URL: 'redis://host', REDIS_TLS: 'true' })).toEqual([
      'REDIS_URL: expected rediss://, because REDIS_TLS or another REDIS_TLS_* variable is set, got redis://.',
    ])
    expect(redisFaults({ REDIS_URL: 'rediss://host', REDIS_TLS_CA_FILE: '/pw' }, { '/pw': 'hush' })).toEqual([
      'REDIS_TLS_CA_FILE: expected a file with PEM certificates, got one without.',
    ])
    expect(redisFaults({ REDIS_URL: 'rediss://host', REDIS_TLS_CA_FILE: '/none' })).toEqual([
      expect.stringMatching(/^REDIS_TLS_CA_FILE: cannot read the file: ENOENT/),
    ])
  })

  it('cannot be in two places, nor in none', () => {
    const got =
      'REDIS_URL: expected one of REDIS_URL, REDIS_SENTINELS (with REDIS_SENTINEL_MASTER) and REDIS_CLUSTER_NODES, got '
    expect(redisFaults({})).toEqual([`${got}none of them.`])
    expect(redisFaults({ REDIS_URL: 'redis://host', REDIS_CLUSTER_NODES: 'a' })).toEqual([
      `${got}REDIS_URL and REDIS_CLUSTER_NODES.`,
    ])
    expect(redisFaults({ REDIS_SENTINELS: 'a' })).toEqual([
      'REDIS_SENTINEL_MASTER: expected the name of the master that the sentinels watch, got nothing.',
    ])
  })

  it.each([['REDIS_URL', 'redis://host'] as const, ['REDIS_CLUSTER_NODES', 'a'] as const])(
    'reached by %s needs nothing of sentinels, whose variables exist all the same',
    (way, place) => {
      const env = {
        ...without('REDIS_URL'),
        [way]: place,
        REDIS_SENTINEL_MASTER: 'mymaster',
        REDIS_SENTINEL_USERNAME: 'watcher',
        REDIS_SENTINEL_PASSWORD: 'w',
        REDIS_SENTINEL_PASSWORD_FILE: '/pw',
        REDIS_SENTINEL_MASTERS: 'mymaster',
      }
      const { warnings } = read(env)
      expect(warnings).toEqual([
        ...['MASTER', 'USERNAME', 'PASSWORD', 'PASSWORD_FILE'].map(
          (name) =>
            `REDIS_SENTINEL_${name}: has no effect with ${way}; it is read with REDIS_SENTINELS alone.`,
        ),
        'REDIS_SENTINEL_MASTERS: there is no such variable; it is ignored. Is it misspelt?',
      ])
      expect(readRedisConfig(env).warnings).toEqual(warnings)
    },
  )

  it.each(['', 'a:', 'a:0', 'a:65536', 'a b', '::1', 'redis://a', 'a,,b', '[a]', '-a'])(
    'has no nodes at %j',
    (REDIS_CLUSTER_NODES) => {
      expect(redisFaults({ REDIS_CLUSTER_NODES })).toHaveLength(1)
    },
  )

  it.each([
    'redis://',
    'redis:host',
    '//host',
    'redis://host/name',
    'rediss://host/1/2',
    'valkey://host',
    'host:6379',
  ])('has no server at %j', (REDIS_URL) => {
    expect(redisFaults({ REDIS_URL })).toEqual([
      `REDIS_URL: expected a URL such as redis://user:password@host:6379/0 (rediss:// for TLS; percent-encode % as %25), got ${REDIS_URL.length} characters.`,
    ])
  })
})
