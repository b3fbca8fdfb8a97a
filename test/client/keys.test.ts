import vwoSdk from 'vwo-node-sdk'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createClient, type ClientError, type LaunchOptions } from '@vwo-hub/client'
import { createTestClient } from '@vwo-hub/client/testing'
import { startHubOfTexts } from '../support/hub-of-texts.ts'
import { copySdk, silent } from '../support/sdk-copy.ts'
import { abTest, decidesFor, featureRollout, goal, settingsFile, variable } from '../support/settings-file.ts'

const campaigns = [
  decidesFor('checkout', 'green', { goals: [goal('bought')] }),
  decidesFor('search', 'green', { goals: [goal('found')] }),
  abTest('nobody', { percentTraffic: 0 }),
  featureRollout('menu', { variables: [variable('price', 5, 'integer')], percentTraffic: 0 }),
]
const settings = settingsFile({ campaigns })

/** A client with what it tells. */
function setUp(file: object = settings) {
  const client = createTestClient({
    sdk: copySdk().sdk,
    settings: file,
    launch: { logging: silent },
  })
  const told: string[] = []
  client.on('error', ({ code, message }) => told.push(`${code}: ${message}`))
  return { client, told }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a key that the settings do not know is told', () => {
  it.each<[told: string, ask: (client: ReturnType<typeof setUp>['client']) => unknown]>([
    ['unknown-campaign: Cannot find campaign "chekout"', (client) => client.activate('chekout', 'ann')],
    [
      'unknown-campaign: Cannot find campaign "Checkout"',
      (client) => client.getVariationName('Checkout', 'ann'),
    ],
    ['unknown-campaign: Cannot find campaign "checkou"', (client) => client.getVariation('checkou', 'ann')],
    ['unknown-campaign: Cannot find campaign "menü"', (client) => client.isFeatureEnabled('menü', 'ann')],
    [
      'unknown-campaign: Cannot find campaign "menu2"',
      (client) => client.getFeatureVariableValue('menu2', 'price', 'ann'),
    ],
    [
      'unknown-campaign: Cannot find campaign "serch"',
      (client) => client.track(['checkout', 'serch'], 'ann', 'bought'),
    ],
    [
      'unknown-variable: Cannot find variable of "menu": "prize"',
      (client) => client.getFeatureVariableValue('menu', 'prize', 'ann'),
    ],
    ['unknown-goal: Cannot find goal "boughtt"', (client) => client.track('checkout', 'ann', 'boughtt')],
    ['unknown-goal: Cannot find goal "fund"', (client) => client.track(null, 'ann', 'fund')],
  ])('%s', (expected, ask) => {
    const { client, told } = setUp()
    ask(client)
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(expected)
    expect(told[0]).toMatch(/The nearest name is "(checkout|menu|search|price|bought|found)"/)
  })

  it('and nothing else is: not a user who is not part, nor one without settings', async () => {
    const { client, told } = setUp()
    expect(client.activate('nobody', 'ann')).toBeNull()
    expect(client.isFeatureEnabled('menu', 'ann')).toBe(false)
    expect(client.getFeatureVariableValue('menu', 'price', 'ann')).toBeNull()
    expect(client.track('nobody', 'ann', 'bought')).toBeTruthy()
    client.track(null, 'ann', 'bought')
    expect(told.filter((each) => !each.includes('goal "bought"'))).toEqual([])
    const errors: ClientError[] = []
    const early = createClient({ environment: 'prod', redis: 'redis://127.0.0.1:1', sdk: vwoSdk })
    early.on('error', (error) => errors.push(error))
    early.activate('checkout', 'ann')
    expect(errors).toEqual([])
    await early.close()
  })

  it('without a guess where nothing is like it, and not at length', () => {
    const { client, told } = setUp()
    client.activate('something-else', 'ann')
    client.activate('x'.repeat(100_000), 'ann')
    expect(told.map((each) => each.includes('nearest'))).toEqual([false, false])
    expect(told[1]?.length).toBeLessThan(400)
  })

  it('also where answers are promised', async () => {
    const launch = { returnPromiseFor: { all: true }, logging: silent } as const
    const client = createTestClient({ sdk: copySdk().sdk, settings, launch })
    const codes: string[] = []
    client.on('error', ({ code }) => codes.push(code))
    expect(await client.isFeatureEnabled('menus', 'ann')).toBe(false)
    expect(codes).toEqual(['unknown-campaign'])
  })

  it('once a minute in production, each', async () => {
    const { vwo, codes } = await inProduction()
    const ask = () => {
      for (const key of ['chekout', 'chekout', 'serch']) vwo.activate(key, 'ann')
    }
    ask()
    ask()
    expect(codes).toEqual(['unknown-campaign', 'unknown-campaign'])
    const later = performance.now() + 60_001
    vi.spyOn(performance, 'now').mockReturnValue(later)
    ask()
    expect(codes).toHaveLength(4)
    await vwo.close()
  })

  it('in production not more than a thousand a minute, whatever an app asks for', async () => {
    const { vwo, codes } = await inProduction()
    for (let n = 0; n < 3000; n += 1) vwo.activate(`campaign-${n}`, 'ann')
    expect(codes).toHaveLength(1000)
    await vwo.close()
  })

  async function inProduction() {
    const vwo = createClient({
      environment: 'prod',
      redis: 'redis://127.0.0.1:1',
      sdk: copySdk().sdk,
      launch: { isDevelopmentMode: true, logging: silent },
      initialSettings: settings,
    })
    const codes: string[] = []
    vwo.on('error', ({ code }) => {
      if (code.startsWith('unknown')) codes.push(code)
    })
    await vwo.ready()
    return { vwo, codes }
  }
})

describe('[invariant 7] no call fails for what is told', () => {
  /** Hubs publish with a warning what the SDK survives: names that are none. */
  const nameless = settingsFile({
    campaigns: [
      abTest('checkout', {
        goals: [
          { ...goal('x'), identifier: undefined },
          { ...goal('x'), identifier: 12 },
          goal('bought'),
        ] as never,
      }),
      featureRollout('menu', {
        variables: [
          { ...variable('x', 1), key: undefined },
          { ...variable('x', 1), key: 7 },
          variable('price', 1),
        ] as never,
      }),
    ],
  })

  async function follow<const Launch extends LaunchOptions>(more: Launch) {
    const texts = await startHubOfTexts(JSON.stringify(nameless))
    const launch = { isDevelopmentMode: true, logging: silent, ...more }
    const client = createClient({ environment: 'prod', hub: texts.hub, sdk: copySdk().sdk, launch })
    onTestFinished(async () => {
      await client.close()
      texts.close()
    })
    const told: string[] = []
    client.on('error', ({ message }) => told.push(message))
    await client.ready()
    return { client, told }
  }

  it('beside goals and variables whose names are no text', async () => {
    const { client, told } = await follow({})
    expect(client.track('checkout', 'ann', 'bougth')).toEqual({ checkout: false, isDevelopmentMode: true })
    expect(client.getFeatureVariableValue('menu', 'prize', 'ann')).toBeNull()
    expect(told).toEqual([
      expect.stringContaining('The nearest name is "bought"'),
      expect.stringContaining('The nearest name is "price"'),
    ])
  })

  it('beside such, where answers are promised', async () => {
    const { client, told } = await follow({ returnPromiseFor: { all: true } })
    expect(await client.track('checkout', 'ann', 'bougth')).toMatchObject({ checkout: false })
    expect(told).toEqual([expect.stringContaining('The nearest name is "bought"')])
  })

  it('for a key that cannot even be told', async () => {
    const key = Object.create(null) as string
    const { client } = await follow({})
    expect(client.activate(key, 'ann')).toBeNull()
    const promising = await follow({ returnPromiseFor: { all: true } })
    // What nobody hears of fails the run.
    expect(await promising.client.activate(key, 'ann')).toBeNull()
  })
})

describe('what there is can be read', () => {
  it('the campaigns, with what can be asked of them', () => {
    const { client } = setUp(settingsFile({ campaigns: [...campaigns, decidesFor('prices', 'high')] }))
    expect(client.campaigns()).toMatchObject([
      { key: 'checkout', type: 'VISUAL_AB', status: 'RUNNING', goals: ['bought'], variables: [] },
      { key: 'search' },
      { key: 'nobody', percentTraffic: 0 },
      { key: 'menu', type: 'FEATURE_ROLLOUT', variables: ['price'] },
      { key: 'prices', variations: ['high'] },
    ])
  })

  it('the campaigns, also where one of them has faults that the SDK survives', async () => {
    await using texts = await startHubOfTexts(JSON.stringify(settings))
    const launch = { isDevelopmentMode: true, logging: silent }
    await using client = createClient({ environment: 'prod', hub: texts.hub, sdk: copySdk().sdk, launch })
    const codes: string[] = []
    client.on('error', ({ code }) => codes.push(code))
    await client.ready()
    const faults = { goals: null, variations: 'none', variables: [null] }
    const faulty = settingsFile({ campaigns: [{ ...abTest('odd'), ...faults } as never, ...campaigns] })
    await texts.swap(client, JSON.stringify(faulty))
    expect(client.campaigns()).toMatchObject([
      { key: 'odd', variations: [], goals: [], variables: [] },
      { key: 'checkout', goals: ['bought'] },
      ...campaigns.slice(1).map(({ key }) => ({ key })),
    ])
    expect(client.getFeatureVariableValue('odd', 'price', 'ann')).toBeNull()
    client.track('odd', 'ann', 'bought')
    expect(codes).toEqual(['unknown-variable', 'unknown-goal'])
  })

  it('the settings, with their revision, and nobody can change them', () => {
    const { client } = setUp()
    const { revision, source, settingsFile: file } = client.settings() ?? expect.fail('expected settings')
    expect([revision, source]).toEqual([1, 'test'])
    expect(file).toMatchObject(settings)
    expect(client.settings()?.settingsFile).toBe(file)
    const list = file['campaigns'] as { key: string }[]
    expect(() => list.pop()).toThrow(TypeError)
    expect(() => Object.assign(list[0] ?? {}, { key: 'other' })).toThrow(TypeError)
    client.update({ ...settings, campaigns: [] })
    expect(client.settings()).toMatchObject({ revision: 2, settingsFile: { campaigns: [] } })
    expect(file).toMatchObject(settings)
  })

  it('nothing before the first settings', async () => {
    const vwo = createClient({ environment: 'prod', redis: 'redis://127.0.0.1:1', sdk: vwoSdk })
    expect([vwo.settings(), vwo.campaigns()]).toEqual([null, []])
    await vwo.close()
  })
})
