import { describe, expect, it } from 'vitest'
import { minimal, read, faultsOf } from '../support/config-env.ts'

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
