import { describe, expect, it } from 'vitest'
import { lighten } from '../../packages/hub/dist/product/fullstack/dry-run/lighten.js'
import type { VwoSdk } from '../../packages/hub/dist/product/fullstack/dry-run/sdk.js'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'
import { decideAll } from '../../packages/hub/dist/product/fullstack/preview/decide-all.js'
import { compare } from '../../packages/hub/dist/product/preview/preview-moves.js'
import { planComparisons, withOnly } from '../../packages/hub/dist/product/fullstack/preview/plan.js'
import { given } from '../../packages/hub/dist/product/preview/populations.js'
import { syntheticUsers } from '../../packages/hub/dist/product/users.js'
import { quietly } from '../support/quietly.ts'
import { copySdk } from '../support/sdk-copy.ts'
import { abTest, featureRollout, featureTest, settingsFile, variation } from '../support/settings-file.ts'
import { stored } from '../support/stored-settings.ts'

/** With variables of their own: they are taken as given. */
const users = syntheticUsers(40).map((user) => ({ ...user, customVariables: {} }))
const { preview: previewMoves } = defaultProduct.open()
const text = (file: object): Buffer => Buffer.from(JSON.stringify(file))
const checkout = (percentTraffic: number, control: number) =>
  abTest('checkout-test', {
    percentTraffic,
    variations: [variation(1, 'Control', control), variation(2, 'Variation-1', 100 - control)],
  })

describe('a preview', () => {
  it('says who enters, leaves and changes, in its own threads', async () => {
    const others = [featureTest('price'), featureRollout('menu', { percentTraffic: 100 })]
    const { users: count, units } = await previewMoves({
      environment: 'prod',
      previous: text(settingsFile({ campaigns: [checkout(100, 50), ...others, abTest('old')] })),
      next: text(settingsFile({ campaigns: [checkout(100, 100), ...others, abTest('new')] })),
      users: syntheticUsers(200),
    })
    expect(count).toBe(200)
    expect(units.map(({ unit, kind }) => [unit, kind])).toEqual([
      ['new', 'added'],
      ['old', 'removed'],
      ['checkout-test', 'changed'],
    ])
    const [added, removed, changed] = units
    expect(added?.populations).toMatchObject([{ fits: 'all', enter: 200, leave: 0, change: 0 }])
    expect(removed?.populations).toMatchObject([{ fits: 'all', enter: 0, leave: 200, change: 0 }])
    const [all] = changed?.populations ?? []
    expect(all).toMatchObject({ enter: 0, leave: 0, flows: [{ from: 'Variation-1', to: 'Control' }] })
    // Half of them, give or take what two hundred users deviate by.
    expect(all?.change).toBeGreaterThan(70)
    expect(all?.change).toBeLessThan(130)
  })

  it('has nothing to say where nothing decides otherwise', async () => {
    const settings = settingsFile({ campaigns: [checkout(50, 50)] })
    const next = text({ ...settings, version: 2, collectionPrefix: 'eu01' })
    const moves = { environment: 'prod', previous: text(settings), next }
    expect(await previewMoves(moves)).toEqual({ noun: 'campaign', users: 10_000, units: [] })
  })

  it.each([{ isNB: true }, { isNBv2: true }, { accountId: 654_321 }])(
    'compares every campaign where the bucketing of all of them may be another: %j',
    (other) => {
      const settings = settingsFile({ campaigns: [checkout(50, 50), featureTest('price')] })
      const compared = planComparisons(stored(settings), stored({ ...settings, ...other }))
      expect(compared.map(({ key }) => key)).toEqual(['checkout-test', 'price'])
    },
  )

  it('compares the campaigns of a group where another member has changed', () => {
    const [a, b, c] = [abTest('a'), abTest('b'), abTest('c')]
    const members = [Number(a.id), Number(b.id)]
    const grouped = {
      groups: { 7: { name: 'group', campaigns: members } },
      campaignGroups: Object.fromEntries(members.map((id) => [String(id), 7])),
    }
    const settings = settingsFile({ campaigns: [a, b, c], ...grouped })
    const next = settingsFile({ campaigns: [a, { ...b, percentTraffic: 10 }, c], ...grouped })
    expect(planComparisons(stored(settings), stored(next)).map(({ key }) => key)).toEqual(['a', 'b'])
  })

  it('gives users without variables such as fit the segment, and takes others as they are', async () => {
    const gold = (percentTraffic: number) =>
      text(
        settingsFile({
          campaigns: [abTest('gold', { percentTraffic, segments: { custom_variable: { plan: 'gold' } } })],
        }),
      )
    const moves = { environment: 'prod', previous: gold(0), next: gold(100) }
    const own = syntheticUsers(20).map((user) => ({ ...user, customVariables: { plan: 'free' } }))
    const { units } = await previewMoves({ ...moves, users: [...syntheticUsers(20), ...own] })
    expect(units[0]?.populations).toMatchObject([
      { fits: 'both', users: 20, enter: 20 },
      { fits: 'given', users: 20, enter: 0 },
      { fits: 'neither', users: 20, enter: 0 },
    ])
  })

  it('tells what it knows when its time is over, and how much is left', () => {
    const campaigns = (percentTraffic: number) =>
      stored(settingsFile({ campaigns: ['a', 'b'].map((key) => abTest(key, { percentTraffic })) }))
    const comparisons = planComparisons(campaigns(0), campaigns(100))
    const [none, all] = [
      { names: [], picks: new Uint16Array(users.length) },
      { names: ['Control'], picks: new Uint16Array(users.length).fill(1) },
    ]
    const planned = comparisons.map((each) => ({ ...each, populations: [given], unknown: [] }))
    const { units, undecided } = compare(planned, { before: [none, none], after: [all] }, users)
    expect(units).toMatchObject([{ unit: 'a', populations: [{ enter: users.length }] }])
    expect(undecided).toBe(1)
  })

  it('ends between two decisions when its time is over', async () => {
    const file = stored(settingsFile({ campaigns: [abTest('a')] }))
    const jobs = [{ key: 'a', type: 'VISUAL_AB', population: given }]
    const decide = (endAt: number) => {
      const progress = new Int32Array(1)
      const sdk = copySdk().sdk as unknown as VwoSdk
      return quietly(() => decideAll(sdk, { text: text(file), jobs, users, progress, endAt }))
    }
    expect(await decide(Date.now() - 1)).toEqual([])
    expect(await decide(Date.now() + 60_000)).toHaveLength(1)
  })

  it('knows who is listed by the hash of an id, also where the SDK computes each once', async () => {
    const { sdk, inside } = copySdk()
    const { generateFor } = inside('utils/UuidUtil') as { generateFor(...of: string[]): string }
    const segments = { or: [{ user: generateFor('user-2', '123456') }] }
    const listing = abTest('a', {
      ...{ percentTraffic: 0, isForcedVariationEnabled: true, isUserListEnabled: true },
      variations: [variation(1, 'Control', 50), variation(2, 'Variation-1', 50, { segments })],
    })
    lighten(inside)
    const job = { key: 'a', type: 'VISUAL_AB', population: given }
    const picks = await quietly(() =>
      decideAll(sdk as unknown as VwoSdk, {
        text: text(stored(settingsFile({ campaigns: [listing] }))),
        ...{ jobs: [job, job], users: users.slice(0, 3), progress: new Int32Array(1) },
      }),
    )
    const listed = { names: ['Variation-1'], picks: Uint16Array.of(0, 1, 0) }
    expect(picks).toEqual([listed, listed])
  })

  it('costs what the campaigns cost that may decide otherwise', () => {
    const [a, b, c, d] = [abTest('a'), abTest('b'), abTest('c'), abTest('d')]
    const members = [Number(b.id), Number(c.id)]
    const settings = settingsFile({
      campaigns: [a, b, c, d],
      groups: { 7: { name: 'group', campaigns: members } },
      campaignGroups: Object.fromEntries(members.map((id) => [String(id), 7])),
    })
    const keysOf = (...keys: string[]) =>
      withOnly(stored(settings), new Set(keys)).campaigns.map(({ key }) => key)
    expect([keysOf('a'), keysOf('b'), keysOf()]).toEqual([['a'], ['b', 'c'], []])
  })

  it('ends by its deadline, whatever the settings do', async () => {
    const hanging = { custom_variable: { plan: 'regex(^(a+)+$)' } }
    const moves = previewMoves({
      environment: 'prod',
      previous: text(settingsFile({ campaigns: [abTest('a')] })),
      next: text(settingsFile({ campaigns: [abTest('a', { segments: hanging })] })),
      users: [{ id: 'user', customVariables: { plan: `${'a'.repeat(60)}!` } }],
      timeoutMs: 1000,
    })
    await expect(moves).rejects.toMatchObject({
      code: 'timeout',
      message: 'Cannot preview settings of "prod": expected to be done within 1 s, it was not.',
    })
  })
})
