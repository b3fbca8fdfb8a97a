import { describe, expect, it } from 'vitest'
import { readRedisConfig } from '../../packages/hub/dist/config/command-config.js'
import { secretsOf } from '../../packages/hub/dist/config/config.js'
import { type Env, minimal, without, read, faultsOf } from '../support/config-env.ts'

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

  it.each(['HTTPS_PROXY', 'HTTP_PROXY'])(
    '[invariant 8] in %s is warned of where a percent sign stands for itself, without telling the password',
    (variable) => {
      for (const url of ['http://u:pass%word@proxy:3128', 'http://u%:pass-word@proxy', 'u:p%ff-word@proxy']) {
        const { proxy, warnings } = read({ ...minimal, [variable]: url })
        expect(proxy).toBeUndefined()
        expect(warnings).toEqual([
          `${variable}: expected a URL such as http://proxy:3128 (percent-encode % as %25), got ${url.length} characters; VWO is asked without a proxy.`,
        ])
      }
    },
  )
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
