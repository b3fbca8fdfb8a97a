import { findSettingsFault } from '@vwo-hub/protocol/fullstack'
import { createClient } from '@vwo-hub/client'
import { createTestClient, type TestClient } from '@vwo-hub/client/testing'
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { answersOf } from '../support/calls.ts'
import { takeEvents } from '../support/events-endpoint.ts'
import { startHubOfTexts } from '../support/hub-of-texts.ts'
import { copySdk, launchQuietly, silent } from '../support/sdk-copy.ts'
import { settingsFiles } from '../support/settings-arbitrary.ts'
import {
  abTest,
  decidesFor,
  featureRollout,
  featureTest,
  goal,
  settingsFile,
  variable,
  variation,
  type PlainSettingsFile,
} from '../support/settings-file.ts'
import { runs } from '../support/runs.ts'

type Stored = (userId: string, campaignKey: string) => object

const launchWith = (stored: Stored) => ({
  logging: silent,
  asyncStorageConfig: {
    redisStorage: { get: async (user: string, key: string) => stored(user, key), set: () => {} },
  },
})

/** The storage knows every user, with this variation. */
const knows =
  (variationName: string, more: object = {}): Stored =>
  (userId, campaignKey) => ({ userId, campaignKey, variationName, ...more })

/** With others the SDK itself never settles, and leaves rejections that end the process. */
const workable = settingsFiles.filter((settings) => findSettingsFault(settings) === undefined)

const clientOf = (settings: PlainSettingsFile, stored: Stored): TestClient<ReturnType<typeof launchWith>> =>
  createTestClient({ sdk: copySdk().sdk, settings, launch: launchWith(stored), sendEvents: true })

async function settled(answers: Record<string, unknown>): Promise<[string, PromiseSettledResult<unknown>][]> {
  const results = await Promise.allSettled(Object.values(answers))
  return Object.keys(answers).map((call, n) => [call, results[n] as PromiseSettledResult<unknown>])
}

/** What there is without promises where the SDK rejects, or resolves with `undefined`. */
const notPart = (call: string): unknown => (call.startsWith('isFeatureEnabled') ? false : null)

function isNotPart(call: string, answer: unknown): boolean {
  if (!call.startsWith('track')) return answer === notPart(call)
  return answer === null || Object.values(answer as object).includes(false)
}

describe('with an asynchronous storage', () => {
  it('[invariant 7] every call settles, and answers as the SDK wherever that one does', async () => {
    await fc.assert(
      fc.asyncProperty(workable, fc.boolean(), async (settings, isKnown) => {
        const stored: Stored = isKnown ? knows('Variation-1') : () => ({})
        const launch = { ...launchWith(stored), isDevelopmentMode: true }
        await using client = createTestClient({ sdk: copySdk().sdk, settings, launch, sendEvents: true })
        const used = (await client.getAndUpdateSettingsFile()) ?? {}
        const instance = launchQuietly(copySdk().sdk, { ...launch, settingsFile: used })
        const expected = new Map(await settled(answersOf(instance)))
        for (const [call, result] of await settled(answersOf(client))) {
          const sdk = expected.get(call)
          expect(result.status, call).toBe('fulfilled')
          const answer = result.status === 'fulfilled' && result.value
          // The SDK takes an object for its own wrapping, and answers `undefined` for a variable of type json.
          if (call.startsWith('variable') && typeof answer === 'object' && answer !== null) continue
          if (sdk?.status === 'rejected') expect(isNotPart(call, answer), call).toBe(true)
          else expect({ [call]: answer }).toEqual({ [call]: sdk?.value ?? notPart(call) })
        }
      }),
      { numRuns: runs(15) },
    )
  })

  it('[invariant 7] settles where the storage gives back what nobody stored, and nothing rejects unheard', async () => {
    const client = clientOf(
      settingsFile({ campaigns: [decidesFor('checkout', 'green')] }),
      knows('green', { goalIdentifier: 5 }),
    )
    expect(await client.track('checkout', 'ann', 'bought')).toBeNull()
    expect(await client.activate('checkout', 'ann')).toBe('green')
  })

  it('[invariant 7] settles where the SDK throws on looking at what it found', async () => {
    const off = [
      variation(1, 'Control', 50),
      variation(2, 'Off', 50, { isFeatureEnabled: false, variables: [] }),
    ]
    const settings = settingsFile({ campaigns: [featureTest('menu', { variations: off })] })
    await using texts = await startHubOfTexts(JSON.stringify(settings))
    const launch = launchWith(knows('Off'))
    await using client = createClient({ environment: 'prod', hub: texts.hub, sdk: copySdk().sdk, launch })
    client.on('error', ({ message }) => expect.fail(message))
    await client.ready()
    expect(await client.getFeatureVariableValue('menu', 'colour', 'ann')).toBeNull()
  })

  it('answers null, not undefined, for who is not part of a campaign', async () => {
    const client = clientOf(
      settingsFile({ campaigns: [abTest('checkout', { percentTraffic: 0 })] }),
      () => ({}),
    )
    expect(await client.getVariationName('checkout', 'ann')).toBeNull()
    expect(await client.activate('checkout', 'ann')).toBeNull()
  })

  it('answers with variables of type json', async () => {
    const texts = variable('texts', { hello: 'Hallo' }, 'json')
    const client = clientOf(
      settingsFile({ campaigns: [featureRollout('menu', { variables: [texts] })] }),
      knows('website'),
    )
    expect(await client.getFeatureVariableValue('menu', 'texts', 'ann')).toEqual({ hello: 'Hallo' })
  })

  it('waits for VWO where push is to promise so, and only there', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      using _endpoint = takeEvents({ answers: false })
      const client = createTestClient({
        sdk: copySdk().sdk,
        settings: settingsFile({ campaigns: [decidesFor('checkout', 'green')] }),
        launch: { ...launchWith(() => ({})), returnPromiseFor: { all: true } },
        sendEvents: true,
      })
      expect(await client.activate('checkout', 'ann')).toBe('green')
      const isAnswered = vi.fn()
      const pushed = client.push('plan', 'gold', 'ann').finally(isAnswered)
      await new Promise(setImmediate)
      expect(isAnswered).not.toHaveBeenCalled()
      await vi.advanceTimersByTimeAsync(60_000)
      expect(await pushed).toBe(false)
    } finally {
      vi.useRealTimers()
    }
  })

  it('answers null for options that are null, as without promises', async () => {
    const client = clientOf(settingsFile({ campaigns: [decidesFor('checkout', 'green')] }), () => ({}))
    expect(await client.activate('checkout', 'ann', null as never)).toBeNull()
  })
})

describe('track, with an asynchronous storage', () => {
  const revenue = { goals: [goal('bought', { type: 'REVENUE_TRACKING' })] }
  const settings = settingsFile({
    campaigns: [
      decidesFor('checkout', 'green'),
      decidesFor('price', 'green'),
      decidesFor('paused', 'green', { status: 'PAUSED' }),
      decidesFor('sales', 'green', revenue),
      featureRollout('menu', { goals: [goal('bought')] }),
      decidesFor('search', 'green', { goals: [goal('found')] }),
    ],
  })
  const tracked = async (call: (client: ReturnType<typeof clientOf>) => Promise<unknown>) => {
    using endpoint = takeEvents()
    const answer = await call(clientOf(settings, knows('green')))
    return { answer, events: endpoint.sent.length }
  }

  it('sends for those that are there, and says false for the others', async () => {
    expect(
      await tracked((client) => client.track(['unknown', 'checkout', 'menu', 'search'], 'ann', 'bought')),
    ).toEqual({
      answer: { unknown: false, checkout: true, menu: false, search: false },
      events: 1,
    })
  })

  it('sends one event for each that has the goal and can be tracked', async () => {
    expect(await tracked((client) => client.track(null, 'ann', 'bought'))).toEqual({
      answer: { checkout: true, price: true, paused: false, sales: false, menu: false },
      events: 2,
    })
    const sold = { revenueValue: 5 }
    expect((await tracked((client) => client.track(null, 'ann', 'bought', sold))).answer).toMatchObject({
      sales: true,
    })
  })

  it.each([
    ['of the call', {}, { goalTypeToTrack: 'CUSTOM_GOAL' }],
    ['of the launch', { goalTypeToTrack: 'CUSTOM_GOAL' }, {}],
    ['of the call before that of the launch', { goalTypeToTrack: 'ALL' }, { goalTypeToTrack: 'CUSTOM_GOAL' }],
  ] as const)('keeps to the goal type %s', async (_whose, launch, options) => {
    const client = createTestClient({
      sdk: copySdk().sdk,
      settings,
      launch: { ...launchWith(knows('green')), isDevelopmentMode: true, ...launch },
    })
    expect(await client.track(undefined, 'ann', 'bought', options)).toEqual({
      checkout: true,
      price: true,
      paused: false,
      menu: false,
      isDevelopmentMode: true,
    })
  })

  it('answers without sending where there is nothing to look up', async () => {
    expect(await tracked((client) => client.track('unknown', 'ann', 'bought'))).toEqual({
      answer: { unknown: false },
      events: 0,
    })
    expect(await tracked((client) => client.track(['menu', 'unknown'], 'ann', 'bought'))).toEqual({
      answer: { menu: false, unknown: false },
      events: 0,
    })
    expect(await tracked((client) => client.track('checkout', '', 'bought'))).toEqual({
      answer: null,
      events: 0,
    })
  })
})
