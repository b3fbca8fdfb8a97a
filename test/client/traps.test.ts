import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createTestClient } from '@vwo-hub/client/testing'
import { describe, expect, it } from 'vitest'
import { takeEvents } from '../support/events-endpoint.ts'
import { copySdk, silent } from '../support/sdk-copy.ts'
import { abTest, decidesFor, featureRollout, goal, settingsFile } from '../support/settings-file.ts'
import { settings, isDevelopmentMode, clientWith, reportingClient } from '../support/trapped-client.ts'

const run = promisify(execFile)

describe('methods', () => {
  it('work when taken off the client', () => {
    const {
      activate,
      getVariationName,
      getVariation,
      track,
      isFeatureEnabled,
      getFeatureVariableValue,
      push,
    } = clientWith({ isDevelopmentMode })
    expect(activate('checkout', 'ann')).toBe('green')
    expect(getVariationName('checkout', 'ann')).toBe('green')
    expect(getVariation('checkout', 'ann')).toBe('green')
    expect(track('checkout', 'ann', 'bought')).toMatchObject({ checkout: true })
    expect(isFeatureEnabled('menu', 'ann')).toBe(true)
    expect(getFeatureVariableValue('menu', 'colour', 'ann')).toBe('blue')
    expect(push('plan', 'gold', 'ann')).toMatchObject({ plan: true })
  })

  it('push takes both of its forms, and no other', () => {
    const client = clientWith({ isDevelopmentMode, logging: silent })
    expect(client.push('plan', 'gold', 'ann')).toMatchObject({ plan: true })
    expect(client.push({ plan: 'gold', size: 'l' }, 'ann')).toMatchObject({ plan: true, size: true })
    const push = client.push as (...args: unknown[]) => unknown
    expect(push('plan')).toBe(false)
    expect(push('plan', 'gold', 'ann', undefined)).toBe(false)
  })

  it('answer what the SDK answers for "not part", before the first settings', async () => {
    const { methods } = reportingClient({ isDevelopmentMode }, null)
    expect(methods.activate('checkout', 'ann')).toBeNull()
    expect(methods.getVariationName('checkout', 'ann')).toBeNull()
    expect(methods.getVariation('checkout', 'ann')).toBeNull()
    expect(methods.track('checkout', 'ann', 'bought')).toBeNull()
    expect(methods.isFeatureEnabled('menu', 'ann')).toBe(false)
    expect(methods.getFeatureVariableValue('menu', 'colour', 'ann')).toBeNull()
    expect(methods.push('plan', 'gold', 'ann')).toBe(false)
    expect(await methods.getAndUpdateSettingsFile()).toBeNull()
  })

  it('resolve with the settings in use when these were asked for anew', async () => {
    const client = clientWith({ isDevelopmentMode })
    expect(await client.getAndUpdateSettingsFile()).toMatchObject({
      accountId: 123_456,
      campaigns: [{ key: 'checkout' }, {}],
    })
  })

  it('hand out settings that the app may change, without a change of what is decided', async () => {
    const client = clientWith({ isDevelopmentMode })
    client.update(settings)
    const handedOut = (await client.getAndUpdateSettingsFile()) as { campaigns: { status: string }[] }
    for (const campaign of handedOut.campaigns) campaign.status = 'PAUSED'
    expect(client.activate('checkout', 'ann')).toBe('green')
  })
})

describe('options of a call that the SDK cannot write', () => {
  const circular: { self?: unknown } = {}
  circular.self = circular
  const eventSettings = settingsFile({
    isEventArchEnabled: true,
    campaigns: [
      decidesFor('checkout', 'green', { goals: [goal('bought'), goal('bought it all')] }),
      featureRollout('menu', { segments: { or: [{ custom_variable: { plan: 'gold' } }] } }),
    ],
  })

  it('[invariant 7] end no process, and are told once for each option', async () => {
    const app = fileURLToPath(new URL('../support/bad-calls.mjs', import.meta.url))
    const { stdout } = await run(process.execPath, [app], {
      env: { SETTINGS: JSON.stringify(eventSettings) },
    })
    const left = (option: string, reason: string) =>
      `event-failed Left out ${option} of the options of a call: ${reason}`
    expect(stdout.split('\n')).toEqual([
      expect.stringContaining(
        left('eventProperties.orderId', 'Do not know how to serialize a BigInt. Decisions go on.'),
      ),
      expect.stringContaining(left('eventProperties.self', 'Converting circular')),
      expect.stringContaining(left('revenueValue', 'Do not know how to serialize a BigInt')),
      'sent 5, and lives',
      '',
    ])
  })

  it('are left out of the event, and the others stay', () => {
    using endpoint = takeEvents()
    const { methods, reports } = reportingClient({}, eventSettings)
    const options = { eventProperties: { circular }, userAgent: '\ud800', userIpAddress: '10.0.0.1' }
    expect(methods.track('checkout', 'ann', 'bought', options)).toEqual({ checkout: true })
    expect(reports).toEqual([
      expect.stringMatching(
        /^Left out eventProperties\.circular of the options of a call: Converting circular/,
      ),
      'Left out userAgent of the options of a call: URI malformed',
    ])
    expect(endpoint.sent).toMatchObject([{ ip: '10.0.0.1' }])
    expect(options.eventProperties.circular).toBe(circular)
  })

  it('[invariant 7] leave no call of an asynchronous storage without its answer', async () => {
    const { methods, reports } = reportingClient(
      { isDevelopmentMode, asyncStorageConfig: { redisStorage: { get: async () => ({}), set: () => {} } } },
      eventSettings,
    )
    const customVariables = { plan: 'gold', circular }
    const colour = await methods.getFeatureVariableValue('menu', 'colour', 'ann', {
      customVariables: { plan: 'gold' },
    })
    expect(await methods.isFeatureEnabled('menu', 'ann', { customVariables })).toBe(true)
    expect(await methods.getFeatureVariableValue('menu', 'colour', 'ann', { customVariables })).toBe(colour)
    expect(reports).toEqual([
      expect.stringMatching(/^Left out customVariables\.circular of the options of a call: /),
      expect.stringMatching(/^Left out customVariables\.circular of the options of a call: /),
    ])
  })

  it('keep what can be written of them, whoever has written the object', () => {
    using endpoint = takeEvents()
    const { methods, reports } = reportingClient({}, eventSettings)
    class Order {
      readonly id = 7n
      readonly amount = 5
      toJSON() {
        return { id: String(this.id) }
      }
    }
    const eventProperties = new Order() as unknown as Record<string, unknown>
    expect(methods.track('checkout', 'ann', 'bought', { eventProperties })).toEqual({ checkout: true })
    const userIpAddress = ['10.0.0.1', '10.0.0.2'] as never
    expect(methods.track('checkout', 'bob', 'bought', { userIpAddress })).toEqual({ checkout: true })
    expect(reports).toEqual([
      expect.stringMatching(/^Left out eventProperties\.id of the options of a call: /),
    ])
    expect(endpoint.sent).toMatchObject([
      { body: expect.stringContaining('"amount":5') },
      { ip: '10.0.0.1%2C10.0.0.2' },
    ])
  })

  it.each([
    [
      'of a class',
      new (class {
        get customVariables() {
          return { plan: 'gold' }
        }
      })(),
      true,
    ],
    ['inherited', Object.create({ customVariables: { plan: 'gold' } }) as object, true],
    ['with a BigInt beside', { customVariables: { plan: 'gold', id: 7n } }, true],
    [
      'that cannot be read',
      {
        get customVariables() {
          throw new Error('not to be read')
        },
      },
      false,
    ],
  ])('decide alike with promises and without: %s', async (_what, options, isOn) => {
    const plain = reportingClient({ isDevelopmentMode, logging: silent }, eventSettings)
    const promising = reportingClient(
      { isDevelopmentMode, logging: silent, returnPromiseFor: { all: true } },
      eventSettings,
    )
    expect(await promising.methods.isFeatureEnabled('menu', 'ann', options as never)).toBe(isOn)
    expect(() => plain.methods.track('checkout', 'ann', 'bought', options as never)).not.toThrow()
  })

  it.each([[[]], ['x'], [null]])(
    'are refused with promises as without, where they are none: %j',
    async (options) => {
      const { methods } = reportingClient(
        { isDevelopmentMode, logging: silent, returnPromiseFor: { all: true } },
        eventSettings,
      )
      expect(await methods.activate('checkout', 'ann', options as never)).toBeNull()
      expect(await methods.isFeatureEnabled('menu', 'ann', options as never)).toBe(false)
    },
  )

  it('lose no event that Node would not send, nor keep one that the SDK cannot', async () => {
    using endpoint = takeEvents()
    const worth = settingsFile({
      campaigns: [
        decidesFor('checkout', 'green', { goals: [{ ...goal('bought'), type: 'REVENUE_TRACKING' }] }),
      ],
    })
    const { methods, live } = reportingClient({ logging: silent }, worth)
    expect(methods.track('checkout', 'ann', 'bought', { revenueValue: '1 000 €' })).toEqual({
      checkout: true,
    })
    expect(endpoint.sent).toHaveLength(1)
    expect(methods.activate('checkout', 'ann', { userAgent: 'x\ud83d' })).toBeNull()
    expect(await live.settle(1000)).toBe(0)
  })

  it('that are null are as absent ones', () => {
    const { methods, reports } = reportingClient({ isDevelopmentMode })
    expect(methods.activate('checkout', 'ann', { userAgent: null } as never)).toBe('green')
    expect(reports).toEqual([])
  })
})

it('decisions keep to groups: of two campaigns that exclude each other a user is in one', () => {
  const ids = [abTest('checkout').id, abTest('menu').id] as number[]
  const client = createTestClient({
    sdk: copySdk().sdk,
    settings: settingsFile({
      campaigns: [abTest('checkout'), abTest('menu')],
      groups: { 7: { name: 'one of them', campaigns: ids } },
      campaignGroups: Object.fromEntries(ids.map((id) => [id, 7])),
    }),
  })
  const counts = [0, 0, 0]
  for (let n = 0; n < 50; n += 1) {
    const inside = ['checkout', 'menu'].filter((key) => client.activate(key, `user-${n}`) !== null)
    counts[inside.length] = (counts[inside.length] ?? 0) + 1
  }
  expect(counts).toEqual([0, 50, 0])
})
