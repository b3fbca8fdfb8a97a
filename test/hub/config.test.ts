import { describe, expect, it } from 'vitest'
import { readJudgingLimits, readRedisConfig } from '../../packages/hub/dist/config/command-config.js'
import { readConfig, secretsOf } from '../../packages/hub/dist/config/config.js'
import { HubError } from '../../packages/hub/dist/errors.js'

type Env = Record<string, string | undefined>

const minimal: Env = {
  REDIS_URL: 'redis://127.0.0.1:6379',
  VWO_ACCOUNT_ID: '123456',
  VWO_SDK_KEY: 'the-sdk-key',
  VWO_WEBHOOK_SECRETS: 'the-webhook-secret',
}

const without = (...names: string[]): Env =>
  Object.fromEntries(Object.entries(minimal).filter(([name]) => !names.includes(name)))

/** Files that exist, by path. */
const disk =
  (files: Record<string, string>) =>
  (path: string): string => {
    const content = files[path]
    if (content === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
    return content
  }

const read = (env: Env, files: Record<string, string> = {}) => readConfig({ ...env }, disk(files))

/** Every fault, without the heading and the indentation. */
function faultsOf(env: Env, files: Record<string, string> = {}): string[] {
  try {
    read(env, files)
  } catch (error) {
    if (!(error instanceof HubError)) throw error
    expect(error.code).toBe('config-invalid')
    const [heading, ...faults] = error.message.split('\n  ')
    expect(heading).toBe('The configuration cannot work, nothing was started:')
    return faults
  }
  return expect.fail('expected faults')
}

describe('the variables of one environment', () => {
  it('have defaults for everything but the account, the key, the secrets and Redis', () => {
    expect(read(minimal)).toEqual({
      environments: [
        {
          name: 'default',
          product: 'fullstack',
          accountId: '123456',
          sdkKey: 'the-sdk-key',
          webhookSecrets: ['the-webhook-secret'],
          allowUnauthenticatedWebhooks: false,
          baseUrl: 'https://dev.visualwebsiteoptimizer.com',
          sdk: 'vwo-node-sdk',
          sdkVersion: '1.73.0',
          guard: { isOn: true, releaseAfterMs: 300_000 },
          preview: false,
        },
      ],
      redis: { kind: 'standalone', url: 'redis://127.0.0.1:6379' },
      prefix: 'vwo',
      host: '0.0.0.0',
      port: 8080,
      adminHost: '127.0.0.1',
      adminPort: 8081,
      adminToken: undefined,
      keepAliveMs: 75_000,
      drainMs: 2000,
      staleAfterMs: 30_000,
      pollIntervalMs: 60_000,
      fetchTimeoutMs: 10_000,
      maxSettingsBytes: 16_777_216,
      isStrict: false,
      logLevel: 'info',
      warnings: [],
    })
  })

  it('are each taken', () => {
    const config = read({
      ...minimal,
      VWO_ENVIRONMENT: 'prod',
      VWO_WEBHOOK_SECRETS: ' the-first-webhook-secret, the-second-webhook-secret ,',
      VWO_BASE_URL: 'http://127.0.0.1:9000/vwo',
      HUB_HOST: '::',
      HUB_PORT: '0',
      HUB_ADMIN_HOST: 'hub.internal',
      HUB_ADMIN_PORT: '9001',
      HUB_ADMIN_TOKEN: 'the-token-of-admins',
      HUB_MAX_CONNECTIONS: '2000',
      HUB_KEEP_ALIVE_MS: '600000',
      HUB_DRAIN_MS: '5000',
      HUB_STALE_AFTER_MS: '60000',
      HUB_PREFIX: 'shop:vwo',
      HUB_APP_HOST: '10.0.0.7',
      HUB_APP_PORT: '9002',
      HUB_POLL_INTERVAL_MS: '0',
      HUB_FETCH_TIMEOUT_MS: '500',
      HUB_MAX_SETTINGS_BYTES: '1048576',
      HUB_LOG_LEVEL: 'debug',
    })
    expect(config).toMatchObject({
      environments: [
        {
          name: 'prod',
          webhookSecrets: ['the-first-webhook-secret', 'the-second-webhook-secret'],
          baseUrl: 'http://127.0.0.1:9000/vwo',
        },
      ],
      host: '::',
      port: 0,
      adminHost: 'hub.internal',
      adminPort: 9001,
      appHost: '10.0.0.7',
      appPort: 9002,
      adminToken: 'the-token-of-admins',
      maxConnections: 2000,
      keepAliveMs: 600_000,
      drainMs: 5000,
      staleAfterMs: 60_000,
      prefix: 'shop:vwo',
      pollIntervalMs: 0,
      fetchTimeoutMs: 500,
      maxSettingsBytes: 1_048_576,
      logLevel: 'debug',
      warnings: [],
    })
  })

  it('count as unset when they are empty', () => {
    expect(
      read({ ...minimal, HUB_PORT: '', HUB_ADMIN_TOKEN: ' ', HUB_CONFIG: '', VWO_SDK_KEY_FILE: '' }),
    ).toEqual(read(minimal))
  })
})

describe('faults', () => {
  it('are told all at once, each with what was expected and got', () => {
    expect(
      faultsOf({
        REDIS_URL: 'http://127.0.0.1',
        VWO_ENVIRONMENT: 'Prod',
        VWO_ACCOUNT_ID: 'acme',
        VWO_BASE_URL: 'dev.vwo.com',
        HUB_HOST: 'http://hub',
        HUB_PORT: '65536',
        HUB_FETCH_TIMEOUT_MS: '5s',
        HUB_POLL_INTERVAL_MS: '-1',
        HUB_MAX_SETTINGS_BYTES: '2e6',
        HUB_LOG_LEVEL: 'verbose',
        HUB_PREFIX: 'vwo{a}',
      }),
    ).toEqual([
      'VWO_SDK_KEY: expected the sdkKey of the environment at VWO (or HUB_CONFIG, a file with many environments), got nothing.',
      'VWO_WEBHOOK_SECRETS: expected the secret that VWO sends in x-vwo-auth, got nothing. To take webhooks from anybody, set VWO_ALLOW_UNAUTHENTICATED_WEBHOOKS=true.',
      'VWO_ENVIRONMENT: expected a name of 1 to 63 characters out of a-z, 0-9, ".", "_", "-" that starts with a letter or digit, got "Prod".',
      'VWO_ACCOUNT_ID: expected the number of a VWO account, got "acme".',
      'VWO_BASE_URL: expected a URL such as https://dev.visualwebsiteoptimizer.com, without query and password, got 11 characters.',
      'REDIS_URL: expected a URL such as redis://user:password@host:6379/0 (rediss:// for TLS; percent-encode % as %25), got 16 characters.',
      'HUB_PREFIX: expected 1 to 63 letters, digits, ".", "_", "-", ":", such as "vwo", got "vwo{a}".',
      'HUB_HOST: expected an IP address or a host name without scheme and port, got 10 characters.',
      'HUB_PORT: expected an integer from 0 to 65535 (TCP port; 0 is any free one), got "65536".',
      'HUB_POLL_INTERVAL_MS: expected an integer from 1000 to 86400000 (milliseconds), or 0 (polling off), got "-1".',
      'HUB_FETCH_TIMEOUT_MS: expected an integer from 100 to 60000 (milliseconds), got "5s".',
      'HUB_MAX_SETTINGS_BYTES: expected an integer from 1024 to 67108864 (bytes), got "2e6".',
      'HUB_LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, got "verbose".',
    ])
  })

  it('name what is missing when there is nothing at all', () => {
    expect(faultsOf({}).map((fault) => fault.slice(0, fault.indexOf(':')))).toEqual([
      'VWO_ACCOUNT_ID',
      'VWO_SDK_KEY',
      'VWO_WEBHOOK_SECRETS',
      'REDIS_URL',
    ])
  })

  it('[invariant 8] never repeat a secret, nor what may be one in the wrong place', () => {
    const env = {
      REDIS_URL: 'ftp://user:hush-hush@host',
      REDIS_PASSWORD: 'hush-hush-2',
      REDIS_TLS: 'hush-hush-hush-hush-hush',
      VWO_ACCOUNT_ID: 'hush-hush-hush-hush-hush',
      VWO_SDK_KEY: 'hush hush',
      VWO_WEBHOOK_SECRETS: 'hush hush,x',
      HUB_ADMIN_TOKEN: 'hüsh-hush',
      VWO_BASE_URL: 'https://user:hush-hush-hush@host',
      HUB_CONFIG: '/etc/hub.json',
    }
    const file = {
      environments: {
        prod: { accountId: 1, sdkKey: 'hush hush', webhookSecrets: ['hush hush', 987_654] },
        test: { accountId: 'hush-hush', sdkKey: 123_456_789, webhookSecretsFile: '/hush' },
      },
    }
    const broken = '{"environments":{"prod":{"sdkKey":"hush-hush" "accountId":1}}}'
    const all = [
      ...faultsOf({ ...env, HUB_CONFIG: undefined }),
      ...faultsOf(env, { '/etc/hub.json': JSON.stringify(file) }),
      ...faultsOf(env, { '/etc/hub.json': broken }),
    ]
    expect(all.length).toBeGreaterThan(12)
    expect(all.join('\n').replaceAll('/hush', '')).not.toMatch(/h[uü]sh|123456789|987654/)
  })
})

describe('rules between variables', () => {
  const faultOf = (env: Env) => {
    const faults = faultsOf(env)
    expect(faults).toHaveLength(1)
    return faults[0]
  }

  it.each(['0.0.0.0', '::', '10.0.0.7', 'hub.internal', '128.0.0.1'])(
    'an admin listener on %s needs a token',
    (HUB_ADMIN_HOST) => {
      expect(faultOf({ ...minimal, HUB_ADMIN_HOST })).toBe(
        `HUB_ADMIN_TOKEN: expected a secret of at least 16 characters, because HUB_ADMIN_HOST (${HUB_ADMIN_HOST}) is not a loopback address, got nothing.`,
      )
      expect(faultOf({ ...minimal, HUB_ADMIN_HOST, HUB_ADMIN_TOKEN: 'fifteen-letters' })).toBe(
        `HUB_ADMIN_TOKEN: expected a secret of at least 16 characters, because HUB_ADMIN_HOST (${HUB_ADMIN_HOST}) is not a loopback address, got 15 characters.`,
      )
      expect(faultOf({ ...minimal, HUB_ADMIN_HOST, HUB_ADMIN_TOKEN: 'x' })).toMatch(
        /^HUB_ADMIN_TOKEN: expected at least 4/,
      )
      const HUB_ADMIN_TOKEN = 'the-sixteen-ones'
      expect(read({ ...minimal, HUB_ADMIN_HOST, HUB_ADMIN_TOKEN }).adminToken).toBe(HUB_ADMIN_TOKEN)
    },
  )

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('one on %s needs none', (HUB_ADMIN_HOST) => {
    expect(read({ ...minimal, HUB_ADMIN_HOST })).toMatchObject({
      adminHost: HUB_ADMIN_HOST,
      adminToken: undefined,
    })
  })

  it('listeners cannot have the same port, unless it is any free one', () => {
    expect(faultOf({ ...minimal, HUB_PORT: '9000', HUB_ADMIN_PORT: '9000' })).toBe(
      'HUB_ADMIN_PORT: expected another port than HUB_PORT, got 9000 for both.',
    )
    expect(faultOf({ ...minimal, HUB_APP_PORT: '8081' })).toBe(
      'HUB_APP_PORT: expected another port than HUB_ADMIN_PORT, got 8081 for both.',
    )
    expect(read({ ...minimal, HUB_PORT: '0', HUB_ADMIN_PORT: '0', HUB_APP_PORT: '0' })).toMatchObject({
      port: 0,
      adminPort: 0,
      appPort: 0,
    })
    expect(read(minimal)).not.toHaveProperty('appPort')
  })

  it('webhooks without a secret have to be allowed by name', () => {
    const open = { ...without('VWO_WEBHOOK_SECRETS'), VWO_ALLOW_UNAUTHENTICATED_WEBHOOKS: 'true' }
    expect(read(open).environments[0]).toMatchObject({
      webhookSecrets: [],
      allowUnauthenticatedWebhooks: true,
    })
    expect(faultsOf({ ...open, VWO_ALLOW_UNAUTHENTICATED_WEBHOOKS: 'yes' })).toContain(
      'VWO_ALLOW_UNAUTHENTICATED_WEBHOOKS: expected true or false, got "yes".',
    )
    expect(faultOf({ ...open, VWO_ALLOW_UNAUTHENTICATED_WEBHOOKS: 'false' })).toMatch(
      /^VWO_WEBHOOK_SECRETS: /,
    )
    const { warnings } = read({ ...open, VWO_WEBHOOK_SECRETS: 'the-webhook-secret' })
    expect(warnings).toEqual([expect.stringMatching(/^VWO_ALLOW_UNAUTHENTICATED_WEBHOOKS: has no effect/)])
  })

  it('a webhook secret that can be guessed is warned of, and not repeated', () => {
    const { warnings } = read({ ...minimal, VWO_WEBHOOK_SECRETS: 'the-sixteen-ones,fifteen-letters' })
    expect(warnings).toEqual([
      expect.stringMatching(/^A webhook secret of "default" has 15 characters: .*Expected 16/),
    ])
    expect(warnings.join()).not.toContain('letters')
  })

  it.each([
    ['http://proxy.internal/vwo', 1],
    ['http://10.0.0.7', 1],
    ['http://127.0.0.1:8080', 0],
    ['http://localhost', 0],
    ['http://[::1]:8080', 0],
    ['https://vwo.example', 0],
  ])('VWO at %s: %i warnings that the way is not safe', (VWO_BASE_URL, count) => {
    const { warnings } = read({ ...minimal, VWO_BASE_URL })
    expect(warnings.map((warning) => /without TLS/.test(warning))).toEqual(Array(count).fill(true))
  })

  it('a value that may be a secret in the wrong place is not repeated', () => {
    for (const name of ['VWO_ACCOUNT_ID', 'HUB_PORT', 'HUB_GUARD', 'VWO_ENVIRONMENT', 'HUB_LOG_LEVEL'])
      expect(faultOf({ ...minimal, [name]: 'Tr0ub4dor' })).toMatch(/, got 9 characters\.$/)
    expect(faultOf({ ...minimal, HUB_PORT: '5s' })).toMatch(/, got "5s"\.$/)
  })

  it('a variable that does not exist is warned of, whatever else is set by other programs', () => {
    expect(
      read({ ...minimal, HUB_PROT: '1', VWO_SDKKEY: 'x', HUBBLE: '1', REDIS_PORT: '1', PATH: '/bin' })
        .warnings,
    ).toEqual([
      'HUB_PROT: there is no such variable; it is ignored. Is it misspelt?',
      'REDIS_PORT: there is no such variable; it is ignored. Is it misspelt?',
      'VWO_SDKKEY: there is no such variable; it is ignored. Is it misspelt?',
    ])
  })
})

describe('what Kubernetes sets for a Service', () => {
  const servicesOf = (service: string): Env => ({
    [`${service}_SERVICE_HOST`]: '10.96.12.3',
    [`${service}_SERVICE_PORT`]: '8080',
    [`${service}_SERVICE_PORT_PUBLIC_1`]: '8080',
    [`${service}_PORT`]: 'tcp://10.96.12.3:8080',
    [`${service}_PORT_8080_TCP`]: 'tcp://10.96.12.3:8080',
    [`${service}_PORT_8080_TCP_PROTO`]: 'tcp',
    [`${service}_PORT_8080_TCP_PORT`]: '8080',
    [`${service}_PORT_8080_TCP_ADDR`]: '10.96.12.3',
    [`${service}_PORT_8125_UDP`]: 'udp://[fd00::3]:8125',
  })

  it.each(['HUB', 'HUB_ADMIN', 'VWO_HUB', 'VWO', 'REDIS', 'REDIS_SENTINELS'])(
    'is neither configuration nor misspelt, with a Service named %s',
    (service) => {
      expect(read({ ...minimal, ...servicesOf(service) })).toEqual(read(minimal))
      expect(readRedisConfig({ ...minimal, ...servicesOf(service) }).warnings).toEqual([])
    },
  )

  it('does not hide what somebody meant', () => {
    expect(read({ ...minimal, ...servicesOf('HUB'), HUB_PORT: '9000' }).port).toBe(9000)
    expect(faultsOf({ ...minimal, HUB_PORT: 'tcp://10.96.12.3' })).toHaveLength(1)
    expect(read({ ...minimal, HUB_PORT_8080: '1', HUB_SERVICE: '1' }).warnings).toHaveLength(2)
  })
})

describe('the proxy on the way to VWO', () => {
  const proxyOf = (env: Env) => read({ ...minimal, ...env }).proxy

  it('is the one of other programs, in small letters first', () => {
    expect(proxyOf({ NO_PROXY: 'localhost' })).toBeUndefined()
    expect(
      proxyOf({
        HTTPS_PROXY: 'http://user:pass-word@proxy:3128',
        HTTP_PROXY: 'http://other:1',
        http_proxy: 'proxy:80',
        NO_PROXY: 'localhost, .svc 10.0.0.0/8,',
      }),
    ).toEqual({
      https: 'http://user:pass-word@proxy:3128/',
      http: 'http://proxy/',
      except: ['localhost', '.svc', '10.0.0.0/8'],
    })
  })

  it('is warned of where it cannot be used, and its password is a secret', () => {
    const { proxy, warnings } = read({ ...minimal, HTTPS_PROXY: 'socks5://u:pass-word@proxy:1080' })
    expect(proxy).toBeUndefined()
    expect(warnings).toEqual([expect.stringMatching(/^HTTPS_PROXY: expected a URL such as http/)])
    expect(warnings[0]).not.toContain('pass-word')
    expect(secretsOf(read({ ...minimal, https_proxy: 'http://u:p%40ss-word@proxy' }))).toEqual(
      expect.arrayContaining(['p%40ss-word', 'p@ss-word']),
    )
  })
})

describe('secrets from files', () => {
  const files = {
    '/run/key': 'key-of-a-file\n',
    '/run/secrets': 'the-first-webhook-secret\nthe-second-webhook-secret\n',
    '/run/token': ' token-of-a-file ',
    '/run/redis': 'redis://:pw@host:6379',
    '/run/empty': '\n',
  }

  it('are taken for each of them', () => {
    const config = read(
      {
        VWO_ACCOUNT_ID: '1',
        REDIS_URL_FILE: '/run/redis',
        VWO_SDK_KEY_FILE: '/run/key',
        VWO_WEBHOOK_SECRETS_FILE: '/run/secrets',
        HUB_ADMIN_TOKEN_FILE: '/run/token',
      },
      files,
    )
    expect(config).toMatchObject({
      redis: { url: 'redis://:pw@host:6379' },
      environments: [
        {
          sdkKey: 'key-of-a-file',
          webhookSecrets: ['the-first-webhook-secret', 'the-second-webhook-secret'],
        },
      ],
      adminToken: 'token-of-a-file',
    })
  })

  it('cannot be given twice, be empty or be missing', () => {
    expect(faultsOf({ ...minimal, VWO_SDK_KEY_FILE: '/run/key' }, files)).toEqual([
      'VWO_SDK_KEY: expected either it or VWO_SDK_KEY_FILE, got both.',
    ])
    const fromFiles = {
      ...without('VWO_SDK_KEY'),
      VWO_SDK_KEY_FILE: '/run/empty',
      HUB_ADMIN_TOKEN_FILE: '/nowhere',
    }
    expect(faultsOf(fromFiles, files)).toEqual([
      'VWO_SDK_KEY_FILE: expected a file with a secret in it, got an empty one.',
      "HUB_ADMIN_TOKEN_FILE: cannot read the file: ENOENT: no such file or directory, open '/nowhere'.",
    ])
  })
})

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

describe('the file of HUB_CONFIG', () => {
  const base = { REDIS_URL: 'redis://host', HUB_CONFIG: '/etc/hub/hub.json' }
  const fileOf = (environments: unknown, others: Record<string, string> = {}) => ({
    '/etc/hub/hub.json': JSON.stringify({ environments }),
    ...others,
  })
  const good = { accountId: 123_456, sdkKey: 'the-sdk-key', webhookSecrets: ['the-webhook-secret'] }

  it('has environments of both products, each with the SDK of its own', () => {
    const entry = { accountId: 1, sdkKey: 'some-key', allowUnauthenticatedWebhooks: true }
    const both = { flags: { ...entry, product: 'fme' }, campaigns: entry }
    const { environments } = read(base, fileOf(both))
    expect(environments).toMatchObject([
      { name: 'flags', product: 'fme', sdk: 'vwo-fme-node-sdk', sdkVersion: '1.35.0' },
      { name: 'campaigns', product: 'fullstack', sdk: 'vwo-node-sdk', sdkVersion: '1.73.0' },
    ])
  })

  it('has many environments, each with its secrets in it, in files beside it or in variables', () => {
    const config = read(
      {
        ...base,
        KEY_OF_TEST: 'key-of-a-variable',
        VWO_SECRETS_OF_TEST: 'one-secret-of-test,two-secret-of-test',
      },
      {
        ...fileOf({
          prod: { ...good, baseUrl: 'https://eu.vwo.example', sdk: 'vwo-php-sdk', sdkVersion: '1.50.0' },
          'test.eu': { accountId: '7', sdkKeyEnv: 'KEY_OF_TEST', webhookSecretsEnv: 'VWO_SECRETS_OF_TEST' },
          dev: { accountId: 8, sdkKeyFile: 'keys/dev', webhookSecretsFile: '/run/dev' },
          open: { accountId: 9, sdkKey: 'open-key', allowUnauthenticatedWebhooks: true },
        }),
        '/etc/hub/keys/dev': 'key-of-a-file\n',
        '/run/dev': 'secret-of-a-file',
      },
    )
    expect(config.environments).toEqual([
      {
        name: 'prod',
        product: 'fullstack',
        accountId: '123456',
        sdkKey: 'the-sdk-key',
        webhookSecrets: ['the-webhook-secret'],
        allowUnauthenticatedWebhooks: false,
        baseUrl: 'https://eu.vwo.example',
        sdk: 'vwo-php-sdk',
        sdkVersion: '1.50.0',
        guard: { isOn: true, releaseAfterMs: 300_000 },
        preview: false,
      },
      expect.objectContaining({
        name: 'test.eu',
        accountId: '7',
        sdkKey: 'key-of-a-variable',
        webhookSecrets: ['one-secret-of-test', 'two-secret-of-test'],
        baseUrl: 'https://dev.visualwebsiteoptimizer.com',
      }),
      expect.objectContaining({
        name: 'dev',
        sdkKey: 'key-of-a-file',
        webhookSecrets: ['secret-of-a-file'],
      }),
      expect.objectContaining({ name: 'open', webhookSecrets: [], allowUnauthenticatedWebhooks: true }),
    ])
    expect(config.warnings).toEqual([])
  })

  it('takes the place of the VWO_* variables', () => {
    expect(faultsOf({ ...minimal, ...base }, fileOf({ prod: good }))).toEqual([
      'HUB_CONFIG: expected either it or the VWO_* variables, got also VWO_ACCOUNT_ID, VWO_SDK_KEY, VWO_WEBHOOK_SECRETS.',
    ])
  })

  it.each([
    ['{', 'HUB_CONFIG: expected a file of JSON, got something else at line 1, column 2.'],
    ['[]', 'HUB_CONFIG: the file: expected an object, got an empty array.'],
    ['{}', 'HUB_CONFIG: environments: expected an object, got nothing.'],
    ['{"environments":{}}', 'HUB_CONFIG: environments: expected at least one environment, got none.'],
    ['{"environments":{"prod":null}}', 'HUB_CONFIG: environments.prod: expected an object, got null.'],
  ])('with the content %s is refused', (content, fault) => {
    expect(faultsOf(base, { '/etc/hub/hub.json': content })).toEqual([fault])
  })

  it('in which a name stands twice is refused: only the last of them would count', () => {
    const [one, other] = [good, { ...good, accountId: 2 }].map((each) => JSON.stringify(each))
    const content = `{"environments": {"prod": ${one}, "test": ${one}, "pr\\u006fd" : ${other}}, "environments": {}}`
    expect(faultsOf(base, { '/etc/hub/hub.json': content })).toEqual([
      'HUB_CONFIG: environments.prod: expected it once, got it twice.',
      'HUB_CONFIG: environments: expected it once, got it twice.',
      'HUB_CONFIG: environments: expected at least one environment, got none.',
    ])
    const keyTwice = one?.replace('{', '{"accountId": 9, ')
    expect(faultsOf(base, { '/etc/hub/hub.json': `{"environments": {"prod": ${keyTwice}}}` })).toEqual([
      'HUB_CONFIG: environments.prod.accountId: expected it once, got it twice.',
    ])
    // In two objects, and as a text.
    expect(
      read(base, fileOf({ test: good, prod: { ...good, sdkKey: 'accountId' } })).environments,
    ).toHaveLength(2)
  })

  it('may begin with a byte order mark', () => {
    const { '/etc/hub/hub.json': content } = fileOf({ prod: good })
    expect(read(base, { '/etc/hub/hub.json': `\uFEFF${content}` }).environments).toHaveLength(1)
  })

  it('says for each environment what the guard does, else the variables do', () => {
    const env = { ...base, HUB_GUARD: 'off', HUB_GUARD_RELEASE_AFTER_MS: '2000' }
    const guards = read(
      env,
      fileOf({
        general: good,
        off: { ...good, guard: 'off' },
        own: { ...good, guard: { releaseAfterMs: 5000 } },
      }),
    ).environments.map(({ guard }) => guard)
    expect(guards).toEqual([
      { isOn: false, releaseAfterMs: 2000 },
      { isOn: false, releaseAfterMs: 2000 },
      { isOn: true, releaseAfterMs: 5000 },
    ])
    expect(faultsOf(base, fileOf({ prod: { ...good, guard: 'on' } }))).toEqual([
      'HUB_CONFIG: environments.prod.guard: expected "off" or an object with releaseAfterMs, got a string.',
    ])
  })

  it('says for each environment whether publications are previewed, else the variable does', () => {
    const { environments } = read(
      { ...base, HUB_PREVIEW: 'on' },
      fileOf({ general: good, off: { ...good, preview: false } }),
    )
    expect(environments.map(({ preview }) => preview)).toEqual([true, false])
    expect(faultsOf({ ...base, HUB_PREVIEW: 'yes' }, fileOf({ prod: good }))).toEqual([
      'HUB_PREVIEW: expected one of on, off, got "yes".',
    ])
  })

  it('that is not there is refused', () => {
    expect(faultsOf(base)).toEqual([
      "HUB_CONFIG: cannot read the file: ENOENT: no such file or directory, open '/etc/hub/hub.json'.",
    ])
  })

  it('tells every fault with its place', () => {
    expect(
      faultsOf(
        base,
        fileOf({
          prod: { ...good, accountId: 'acme', sdkkey: 'x' },
          test: { ...good, webhookSecrets: [7], baseUrl: null },
        }),
      ),
    ).toEqual([
      'HUB_CONFIG: environments.prod.accountId: expected the number of a VWO account, got a string.',
      'HUB_CONFIG: environments.prod.sdkkey: there is no such name.',
      'HUB_CONFIG: environments.test.webhookSecrets[0]: expected a string, got a number.',
      'HUB_CONFIG: environments.test.baseUrl: expected a string, got null.',
    ])
    const faults = faultsOf(
      base,
      fileOf(
        {
          Prod: { ...good, sdkKeyFile: 'a' },
          bare: { accountId: 1 },
          lost: { accountId: 1, sdkKeyEnv: 'NOWHERE', webhookSecretsFile: 'gone' },
          short: { accountId: 1, sdkKeyFile: 'short', webhookSecrets: [] },
        },
        { '/etc/hub/short': 'abc' },
      ),
    )
    const none = (field: string) => `expected ${field}, ${field}File or ${field}Env, got none`
    const open = 'To take webhooks from anybody, set "allowUnauthenticatedWebhooks": true.'
    expect(faults).toEqual([
      'HUB_CONFIG: environments.Prod: expected a name of 1 to 63 characters out of a-z, 0-9, ".", "_", "-" that starts with a letter or digit, got "Prod".',
      'HUB_CONFIG: environments.Prod: expected one of sdkKey, sdkKeyFile, sdkKeyEnv, got sdkKey and sdkKeyFile.',
      `HUB_CONFIG: environments.bare: ${none('sdkKey')} of them.`,
      `HUB_CONFIG: environments.bare: ${none('webhookSecrets')}. ${open}`,
      "HUB_CONFIG: environments.lost.webhookSecretsFile: cannot read the file: ENOENT: no such file or directory, open '/etc/hub/gone'.",
      'HUB_CONFIG: environments.lost.sdkKeyEnv: expected it to lead to a secret, got nothing there.',
      'HUB_CONFIG: environments.short.sdkKeyFile: expected at least 4 printable ASCII characters without spaces, got 3 characters.',
      `HUB_CONFIG: environments.short: ${none('webhookSecrets')}. ${open}`,
    ])
  })
})

describe('parts of the configuration', () => {
  it('where Redis is can be read without an account', () => {
    expect(
      readRedisConfig({ REDIS_URL: 'redis://host', HUB_PREFIX: 'shop', VWO_ACCOUNT_ID: 'x' }, disk({})),
    ).toEqual({
      redis: { kind: 'standalone', url: 'redis://host' },
      prefix: 'shop',
      warnings: [],
    })
    expect(() => readRedisConfig({}, disk({}))).toThrow(/REDIS_URL/)
  })

  it('the limit of a settings-file can be read alone', () => {
    expect(readJudgingLimits({})).toEqual({ maxBytes: 16_777_216, isStrict: false })
    expect(readJudgingLimits({ HUB_MAX_SETTINGS_BYTES: '5000', HUB_STRICT: 'on' })).toEqual({
      maxBytes: 5000,
      isStrict: true,
    })
    expect(() => readJudgingLimits({ HUB_MAX_SETTINGS_BYTES: '1' })).toThrow(
      /^The configuration .*\n {2}HUB_MAX/,
    )
  })

  it('[invariant 8] every secret is known for redaction', () => {
    const config = read({ ...minimal, REDIS_URL: 'redis://u:p%40ss@host', HUB_ADMIN_TOKEN: 'the-token' })
    expect(secretsOf(config).sort()).toEqual([
      'p%40ss',
      'p@ss',
      'the-sdk-key',
      'the-token',
      'the-webhook-secret',
    ])
    const sentinel = read({
      ...without('REDIS_URL'),
      REDIS_SENTINELS: 'a',
      REDIS_SENTINEL_MASTER: 'm',
      REDIS_PASSWORD: 'password-1',
      REDIS_SENTINEL_PASSWORD: 'password-2',
    })
    expect(secretsOf(sentinel).sort()).toEqual([
      'password-1',
      'password-2',
      'the-sdk-key',
      'the-webhook-secret',
    ])
  })
})
