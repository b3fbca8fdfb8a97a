import { describe, expect, it } from 'vitest'
import { readJudgingLimits, readRedisConfig } from '../../packages/hub/dist/config/command-config.js'
import { secretsOf } from '../../packages/hub/dist/config/config.js'
import { minimal, without, disk, read, faultsOf } from '../support/config-env.ts'

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

  it.each([
    [{ ...without('VWO_ACCOUNT_ID'), VWO_ACCOUNT_ID_FILE: '/id' }, 'VWO_ACCOUNT_ID'],
    [{ ...without('REDIS_URL'), REDIS_SENTINELS_FILE: '/nodes', REDIS_SENTINEL_MASTER: 'm' }, 'REDIS_URL'],
    [{ ...without('REDIS_URL'), REDIS_CLUSTER_NODES_FILE: '/nodes' }, 'REDIS_URL'],
  ])('are told where a file is named for what is no secret: %j', (env, name) => {
    expect(faultsOf(env, { '/id': '1', '/nodes': 'a:1' })).toEqual([
      expect.stringMatching(`^${name}: expected .*, got (?:nothing|none of them)\\.$`),
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
