import vwoSdk from 'vwo-node-sdk'
import { ClientError, createClient, type Ready, type Update } from '@vwo-hub/client'
import { createTestClient, settingsFile as settingsToBuild } from '@vwo-hub/client/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { findSettingsFault } from '@vwo-hub/protocol/fullstack'
import { takeEvents } from '../support/events-endpoint.ts'
import { startHubOfTexts } from '../support/hub-of-texts.ts'
import { copySdk, silent } from '../support/sdk-copy.ts'
import { decidesFor, settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'

const green = settingsFile({ campaigns: [decidesFor('checkout', 'green')] })
const blue = settingsFile({ campaigns: [decidesFor('checkout', 'blue')] })
const make = () => createTestClient({ sdk: copySdk().sdk, settings: green })

describe('a client for tests', () => {
  it('decides at once, with the SDK as apps import it', async () => {
    await using client = createTestClient({ sdk: vwoSdk, settings: JSON.stringify(green) })
    expect(client.activate('checkout', 'ann')).toBe('green')
    expect(await client.ready()).toEqual({ state: 'ready', revision: 1, source: 'test' })
    expect(client.status).toEqual({ state: 'ready', revision: 1, source: 'test', confirmedAt: null })
  })

  it('swaps at once, and counts the revisions', () => {
    const client = make()
    expect(client.update(blue)).toBe(2)
    expect(client.activate('checkout', 'ann')).toBe('blue')
    expect(client.update(JSON.stringify({ ...green, isNBv2: true }))).toBe(3)
    expect(client.activate('checkout', 'ann')).toBe('green')
    expect(client.status).toMatchObject({ revision: 3 })
  })

  it('throws why settings are refused, and keeps those in use', () => {
    const client = make()
    const events: Update[] = []
    client.on('update', (event) => events.push(event))
    const broken = { ...blue, campaigns: [{ ...decidesFor('checkout', 'blue'), variations: [null] }] }
    const update = () => client.update(broken)
    expect(update).toThrow(ClientError)
    expect(update).toThrow(expect.objectContaining({ code: 'settings-refused' }))
    expect(update).toThrow(
      /^Cannot swap "test" to revision 2: campaigns\[0\]\.variations\[0\].*Revision 1 stays in use\.$/,
    )
    expect(client.activate('checkout', 'ann')).toBe('green')
    expect(client.status.revision).toBe(1)
    expect(events).toEqual([])
    expect(client.update(blue)).toBe(2)
  })

  it('is not made with settings that are refused, and leaves the account to others', () => {
    const { sdk } = copySdk()
    expect(() => createTestClient({ sdk, settings: { accountId: 777 } })).toThrow(
      /Cannot swap "test" to revision 1: .*There are no settings in use yet\.$/,
    )
    expect(createTestClient({ sdk, settings: green }).activate('checkout', 'ann')).toBe('green')
  })

  it('emits as in production', () => {
    const client = make()
    const events: [string, Ready | Update][] = []
    client.on('ready', (event) => events.push(['ready', event]))
    client.on('stale', (event) => events.push(['stale', event]))
    client.on('update', (event) => events.push(['update', event]))
    client.update(blue)
    expect(events).toEqual([
      ['ready', { state: 'ready', revision: 1, source: 'test' }],
      ['update', { revision: 2, previousRevision: 1, source: 'test', lagMs: 0, swapMs: expect.any(Number) }],
    ])
  })

  it('sends nothing, whatever the options of launch, unless it is told to', async () => {
    const launch = { isDevelopmentMode: false, logging: silent }
    for (const [sendEvents, count] of [
      [false, 0],
      [true, 1],
    ] as const) {
      using endpoint = takeEvents()
      const client = createTestClient({ sdk: copySdk().sdk, settings: green, launch, sendEvents })
      expect(client.activate('checkout', 'ann')).toBe('green')
      await client.close()
      expect(endpoint.sent).toHaveLength(count)
    }
  })

  it('[invariant 7] keeps at once the promise of a call that sends nothing', async () => {
    const launch = { returnPromiseFor: { all: true }, logging: silent } as const
    const client = createTestClient({ sdk: copySdk().sdk, settings: green, launch })
    expect(await client.activate('checkout', 'ann')).toBe('green')
    expect(await client.track('checkout', 'ann', 'bought')).toEqual({ checkout: true })
    expect(await client.push('plan', 'gold', 'ann')).toEqual({ plan: true })
  })

  it('closes, decides on, and takes no more settings', async () => {
    const { sdk } = copySdk()
    const client = createTestClient({ sdk, settings: green })
    await client.close()
    await client.close()
    expect(client.status.state).toBe('closed')
    expect(client.activate('checkout', 'ann')).toBe('green')
    expect(() => client.update(blue)).toThrow(expect.objectContaining({ code: 'closed' }))
    const events: Ready[] = []
    client.on('ready', (event) => events.push(event))
    expect(events).toEqual([])
    const other = createTestClient({ sdk, settings: { ...green, accountId: 777 } })
    expect(other.activate('checkout', 'ann')).toBe('green')
  })
})

describe('settings built for tests', () => {
  const built = settingsToBuild()
    .abTest('checkout', { variations: ['Control', 'B'], goals: ['bought'], revenueGoals: ['paid'] })
    .feature('search', {
      traffic: 0,
      variables: { perPage: 20, title: 'Find', isNew: true, style: { bold: 1 } },
    })
    .featureTest('discount', {
      variables: { percent: 0 },
      variations: { off: false, half: { percent: 2.5 }, same: {} },
    })
  const makeBuilt = () => createTestClient({ sdk: copySdk().sdk, settings: built })

  it('are what the SDK takes without a complaint, with everything that was said', () => {
    expect(findSettingsFault(built.toJSON())).toBeUndefined()
    const client = makeBuilt()
    expect(client.campaigns()).toEqual([
      expect.objectContaining({ key: 'checkout', variations: ['Control', 'B'], goals: ['bought', 'paid'] }),
      expect.objectContaining({ key: 'search', variables: ['perPage', 'title', 'isNew', 'style'] }),
      expect.objectContaining({
        key: 'discount',
        variations: ['off', 'half', 'same'],
        variables: ['percent'],
      }),
    ])
    const names = Array.from({ length: 50 }, (_, n) => client.activate('checkout', `user-${n}`))
    expect(new Set(names)).toEqual(new Set(['Control', 'B']))
    expect(client.isFeatureEnabled('search', 'ann')).toBe(false)
    expect(client.track('checkout', 'ann', 'paid', { revenueValue: 5 })).toMatchObject({ checkout: true })
  })

  it('are added to without a change to those before, and what has the same key is replaced', () => {
    const client = makeBuilt()
    client.update(built.abTest('checkout', { variations: ['C'] }).without('search'))
    expect(client.activate('checkout', 'ann')).toBe('C')
    expect(client.campaigns().map(({ key }) => key)).toEqual(['discount', 'checkout'])
    client.update(built)
    expect(client.campaigns()).toHaveLength(3)
  })

  it('force a user into a variation with all that belongs to it, and nobody else, in later settings too', () => {
    const client = makeBuilt()
    expect(client.force('ann', 'checkout', 'B')).toBe(2)
    client.force('ann', 'checkout', 'Control')
    client.force('bob', 'checkout', 'B')
    client.force('ann', 'search')
    client.force('ann', 'discount', 'half')
    client.update(built.abTest('checkout', { variations: ['Control', 'B', 'C'], traffic: 0 }))
    const decided = ['ann', 'bob', 'eve'].map((user) => client.activate('checkout', user))
    expect(decided).toEqual(['Control', 'B', null])
    const values = ['perPage', 'title', 'isNew', 'style'].map((name) =>
      client.getFeatureVariableValue('search', name, 'ann'),
    )
    expect(values).toEqual([20, 'Find', true, { bold: 1 }])
    expect(client.getFeatureVariableValue('discount', 'percent', 'ann')).toBe(2.5)
    client.force('ann', 'discount', 'off')
    expect(client.isFeatureEnabled('discount', 'ann')).toBe(false)
    expect(client.isFeatureEnabled('search', 'bob')).toBe(false)
  })

  it('force nobody into what there is not, and say what there is', () => {
    const client = makeBuilt()
    expect(() => client.force('ann', 'chekout', 'B')).toThrow(
      'Cannot force "ann" in "chekout": the settings in use have no such campaign. The nearest name is "checkout".',
    )
    expect(() => client.force('ann', 'checkout', 'A')).toThrow(
      'Cannot force "ann" in "checkout": expected one of its variations (Control, B), got "A".',
    )
    expect(() => client.force('ann', 'checkout')).toThrow(/\(Control, B\), got undefined\.$/)
    expect(() => client.force('ann,bob', 'checkout', 'B')).toThrow(
      expect.objectContaining({ code: 'option-invalid' }),
    )
    expect(client.status.revision).toBe(1)
  })
})

describe('events', () => {
  /** A client that follows a hub, and what its log has of listeners. */
  async function setUp() {
    const texts = await startHubOfTexts(JSON.stringify(green))
    const failures: string[] = []
    const client = createClient({
      environment: 'prod',
      hub: texts.hub,
      sdk: copySdk().sdk,
      launch: { isDevelopmentMode: true, logging: silent },
      log: {
        warn(fields, message) {
          if (message === 'a listener threw') failures.push((fields as { err: Error }).err.message)
        },
      },
    })
    onTestFinished(async () => {
      await client.close()
      texts.close()
    })
    await client.ready()
    return { client, failures, swap: (file: object) => texts.swap(client, JSON.stringify(file)) }
  }

  it('tell a late listener at once, once for `once`, where the state holds', async () => {
    onTestFinished(() => void vi.useRealTimers())
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { client } = await setUp()
    const told: string[] = []
    client.on('ready', () => void told.push('on'))
    client.once('ready', () => void told.push('once'))
    client.on('stale', () => void told.push('stale'))
    expect(told).toEqual(['on', 'once'])
    // For as long as nothing may be confirmed, before the hub is asked again.
    vi.advanceTimersByTime(30_000)
    expect(told).toEqual(['on', 'once', 'stale'])
    vi.useRealTimers()
    await until(
      () => told,
      ({ length }) => length > 3,
    )
    expect(told).toEqual(['on', 'once', 'stale', 'on'])
  })

  it('tell no more after off, of `once` listeners too', async () => {
    const { client, swap } = await setUp()
    const told: number[] = []
    const listener = ({ revision }: Update) => void told.push(revision)
    client.on('update', listener)
    client.off('update', listener)
    client.once('update', listener)
    client.off('update', listener)
    client.off('update', listener)
    await swap(blue)
    expect(told).toEqual([])
  })

  it('add a listener once, and let listeners come and go while they are told', async () => {
    const { client, swap } = await setUp()
    const told: string[] = []
    const late = () => void told.push('late')
    const first = () => {
      told.push('first')
      client.off('update', first)
      client.on('update', late)
    }
    client.on('update', first)
    client.on('update', first)
    await swap(blue)
    await swap(green)
    expect(told).toEqual(['first', 'late'])
  })

  it('[invariant 7] go on to the next listener where one throws, and report it', async () => {
    const { client, swap, failures } = await setUp()
    const told: string[] = []
    client.on('update', () => {
      throw new Error('listener failed')
    })
    client.on('update', () => void told.push('second'))
    await swap(blue)
    expect([told, failures]).toEqual([['second'], ['listener failed']])
  })

  it('[invariant 7] report what an async listener rejects with, of `once` listeners too', async () => {
    const { client, swap, failures } = await setUp()
    client.on('update', async () => Promise.reject(new Error('on rejected')))
    client.once('update', async () => Promise.reject(new Error('once rejected')))
    await swap(blue)
    await until(
      () => failures,
      (told) => told.length === 2,
    )
    expect(failures).toEqual(['on rejected', 'once rejected'])
  })

  it('[invariant 7] end no process for an error that nobody listens to', async () => {
    const { client, failures } = await setUp()
    expect(client.activate('chekout', 'ann')).toBeNull()
    expect(failures).toEqual([])
  })
})
