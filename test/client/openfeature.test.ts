import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk'
import { createClient, type LaunchOptions } from '@vwo-hub/client'
import { createProvider } from '@vwo-hub/client/openfeature'
import { createTestClient } from '@vwo-hub/client/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { takeEvents } from '../support/events-endpoint.ts'
import { copySdk, silent } from '../support/sdk-copy.ts'
import {
  abTest,
  decidesFor,
  featureRollout,
  featureTest,
  goal,
  settingsFile,
  variable,
  variation,
} from '../support/settings-file.ts'
import { until } from '../support/until.ts'

const variables = [
  variable('off', false, 'boolean'),
  variable('zero', 0, 'integer'),
  variable('empty', ''),
  variable('json', { a: 1 }, 'json'),
]
const settings = settingsFile({
  campaigns: [
    decidesFor('checkout', 'green', { segments: { or: [{ custom_variable: { plan: 'gold' } }] } }),
    featureRollout('menu', {
      variables,
      segments: { or: [{ custom_variable: { since: '2026-01-01T00:00:00.000Z' } }] },
    }),
    featureTest('search', {
      variations: [
        variation(1, 'Control', 100, { isFeatureEnabled: false, variables: [variable('colour', 'grey')] }),
      ],
    }),
    featureRollout('menu.v2', { variables: [variable('zero', 2, 'integer')] }),
    abTest('nobody', { percentTraffic: 0 }),
  ],
})
const gold = { targetingKey: 'ann', plan: 'gold' }
const member = { targetingKey: 'ann', since: new Date('2026-01-01') }

afterEach(() => OpenFeature.close())

/** OpenFeature's own client on a real SDK. */
async function setUp(launch: LaunchOptions = {}, sendEvents = false) {
  const vwo = createTestClient({
    sdk: copySdk().sdk,
    settings,
    launch: { logging: silent, ...launch },
    sendEvents,
  })
  await OpenFeature.setProviderAndWait(createProvider(vwo))
  return { vwo, flags: OpenFeature.getClient() }
}

describe('a flag of OpenFeature', () => {
  it.each([
    ['as it answers at once', {}],
    ['as it answers with promises', { returnPromiseFor: { all: true } }],
  ])('is a campaign: %s', async (_how, launch) => {
    const { flags } = await setUp(launch)
    expect(await flags.getStringDetails('checkout', 'x', gold)).toMatchObject({
      value: 'green',
      variant: 'green',
      reason: 'TARGETING_MATCH',
    })
    expect(await flags.getStringDetails('checkout', 'x', { targetingKey: 'ann' })).toMatchObject({
      value: 'x',
      variant: 'off',
      reason: 'DEFAULT',
    })
    expect(await flags.getBooleanDetails('menu', false, member)).toMatchObject({
      value: true,
      variant: 'on',
      reason: 'TARGETING_MATCH',
    })
    expect(await flags.getBooleanDetails('menu', true, gold)).toMatchObject({
      value: false,
      variant: 'off',
      reason: 'DEFAULT',
    })
    // Off for Control, who is part of the test all the same.
    expect(await flags.getBooleanDetails('search', true, gold)).toMatchObject({
      value: false,
      variant: 'Control',
      reason: 'TARGETING_MATCH',
    })
  })

  it('is a variable of one, also where that is false, 0 or empty', async () => {
    const { flags } = await setUp()
    expect(await flags.getBooleanValue('menu.off', true, member)).toBe(false)
    expect(await flags.getNumberValue('menu.zero', 10, member)).toBe(0)
    expect(await flags.getStringValue('menu.empty', 'x', member)).toBe('')
    expect(await flags.getObjectValue('menu.json', {}, member)).toEqual({ a: 1 })
    expect(await flags.getNumberDetails('menu.zero', 10, gold)).toMatchObject({
      value: 10,
      reason: 'DEFAULT',
    })
  })

  it('is the longest campaign that fits, where keys have dots themselves', async () => {
    const { flags } = await setUp()
    expect(await flags.getBooleanValue('menu.v2', false, gold)).toBe(true)
    expect(await flags.getNumberValue('menu.v2.zero', 10, gold)).toBe(2)
    expect(await flags.getNumberValue('menu.zero', 10, member)).toBe(0)
    expect(await flags.getNumberDetails('menu.v2.nope', 10, gold)).toMatchObject({
      errorCode: 'FLAG_NOT_FOUND',
      errorMessage: 'campaign "menu.v2" has no variable "nope"',
    })
  })

  it('answers with the default and a code where it cannot decide: unknown is not off', async () => {
    const { flags } = await setUp()
    const code = async (details: Promise<{ readonly errorCode?: unknown; readonly value: unknown }>) => {
      const { value, errorCode } = await details
      return [value, errorCode]
    }
    expect(await code(flags.getBooleanDetails('nope', true, gold))).toEqual([true, 'FLAG_NOT_FOUND'])
    expect(await code(flags.getStringDetails('menu.nope', 'x', gold))).toEqual(['x', 'FLAG_NOT_FOUND'])
    expect(await code(flags.getBooleanDetails('menu', true, {}))).toEqual([true, 'TARGETING_KEY_MISSING'])
    expect(await code(flags.getNumberDetails('menu.empty', 1, member))).toEqual([1, 'TYPE_MISMATCH'])
    expect(await code(flags.getNumberDetails('menu', 1, member))).toEqual([1, 'TYPE_MISMATCH'])
    expect(await code(flags.getBooleanDetails('checkout', true, gold))).toEqual([true, 'TYPE_MISMATCH'])
  })
})

describe('the provider', () => {
  it('tells that flags have changed, decides with the new settings, and closes the client', async () => {
    const { vwo, flags } = await setUp()
    let changes = 0
    flags.addHandler(ProviderEvents.ConfigurationChanged, () => (changes += 1))
    vwo.update(settingsFile({ campaigns: [decidesFor('new', 'high')] }))
    expect(changes).toBe(1)
    expect(await flags.getStringValue('new', 'x', gold)).toBe('high')
    expect(await flags.getStringDetails('checkout', 'x', gold)).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' })
    await OpenFeature.close()
    expect(vwo.status.state).toBe('closed')
  })

  it('is not ready without settings', async () => {
    const vwo = createClient({ environment: 'prod', redis: 'redis://127.0.0.1:1', sdk: copySdk().sdk })
    const provider = createProvider({ ...vwo, status: vwo.status, ready: () => vwo.ready({ timeoutMs: 1 }) })
    await expect(OpenFeature.setProviderAndWait(provider)).rejects.toMatchObject({
      code: 'PROVIDER_NOT_READY',
    })
    expect(await OpenFeature.getClient().getBooleanDetails('menu', true, gold)).toMatchObject({
      value: true,
      errorCode: 'PROVIDER_NOT_READY',
    })
  })

  it('tracks a goal of the user in each campaign that has it, with what it was worth', async () => {
    using endpoint = takeEvents()
    const goals = [goal('bought', { type: 'REVENUE_TRACKING' })]
    const { vwo, flags } = await setUp({}, true)
    vwo.update(settingsFile({ campaigns: ['one', 'two'].map((key) => decidesFor(key, 'green', { goals })) }))
    flags.track('bought', gold, { value: 9 })
    const { ev } = await until(
      () => JSON.parse(endpoint.sent.at(-1)?.body ?? '{}') as { readonly ev?: readonly object[] },
      (sent) => sent.ev !== undefined,
    )
    expect(ev).toMatchObject([{ r: 9 }, { r: 9 }])
  })
})
