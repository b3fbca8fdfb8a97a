import * as fc from 'fast-check'
import { type SettingsFile, normaliseSettings } from '@vwo-hub/protocol/fullstack'
import { describe, expect, it } from 'vitest'
import type { VwoSdk } from '../../packages/hub/dist/product/fullstack/dry-run/sdk.js'
import { movingOf, type UnitPreview } from '../../packages/hub/dist/product/preview.js'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'
import { countMoves } from '../../packages/hub/dist/product/preview/count.js'
import { isOn } from '../../packages/hub/dist/product/fullstack/dry-run/decisions.js'
import { decideAll } from '../../packages/hub/dist/product/fullstack/preview/decide-all.js'
import { compare } from '../../packages/hub/dist/product/preview/preview-moves.js'
import { planComparisons, withOnly } from '../../packages/hub/dist/product/fullstack/preview/plan.js'
import { given } from '../../packages/hub/dist/product/preview/populations.js'
import { readUsers, syntheticUsers } from '../../packages/hub/dist/product/users.js'
import { movesInWords, previewInOneLine, unitInWords } from '../../packages/hub/dist/product/preview-words.js'
import { copySdk, launchQuietly, silent } from '../support/sdk-copy.ts'
import { campaignKeys, settingsFiles } from '../support/settings-arbitrary.ts'
import {
  abTest,
  featureRollout,
  featureTest,
  settingsFile,
  variation,
  type PlainSettingsFile,
} from '../support/settings-file.ts'
import { runs } from '../support/runs.ts'

/** As a hub stores it. */
function stored(file: PlainSettingsFile): SettingsFile {
  const copy = structuredClone(file)
  normaliseSettings(copy)
  return copy as unknown as SettingsFile
}

const users = [
  ...syntheticUsers(20).map((user) => ({ ...user, customVariables: {} })),
  ...syntheticUsers(20).map((user) => ({
    ...user,
    customVariables: { plan: 'gold', visits: '5' },
    variationTargetingVariables: { plan: 'gold' },
  })),
]

type Part = 'campaign' | 'flags' | 'groups' | 'account' | 'all'

/** The first settings-file with a part of the other: what has not changed need not be compared. */
function following(previous: SettingsFile, drawn: SettingsFile, part: Part): SettingsFile {
  const { campaigns, campaignGroups, groups, accountId } = drawn
  switch (part) {
    case 'campaign': {
      const other = campaigns[0]
      const isOther = ({ key }: { key: string }) => key === other?.key
      return {
        ...previous,
        campaigns: previous.campaigns.flatMap((campaign) => (isOther(campaign) ? (other ?? []) : [campaign])),
      }
    }
    case 'flags':
      return { ...previous, isNB: drawn['isNB'] === true, isNBv2: drawn['isNBv2'] === true }
    case 'groups':
      return { ...previous, campaignGroups, groups }
    case 'account':
      return { ...previous, accountId }
    case 'all':
      return drawn
  }
}

const pairs = fc
  .tuple(
    settingsFiles.map(stored),
    settingsFiles.map(stored),
    fc.constantFrom<Part>('campaign', 'campaign', 'flags', 'groups', 'account', 'all'),
  )
  .map(([previous, drawn, part]) => [previous, following(previous, drawn, part)] as const)

/** What each user gets of a campaign from an SDK that was just launched, by plain calls. */
function answersOf(file: SettingsFile): (key: string) => (string | undefined)[] {
  const vwo = launchQuietly(copySdk().sdk, {
    settingsFile: structuredClone(file),
    isDevelopmentMode: true,
    logging: silent,
  })
  const isRollout = (key: string): boolean =>
    file.campaigns.find((campaign) => campaign.key === key)?.type === 'FEATURE_ROLLOUT'
  return (key) =>
    users.map(({ id, ...options }) => {
      if (isRollout(key)) return isOn(vwo.isFeatureEnabled(key, id, options)) ? 'on' : undefined
      return (vwo.getVariationName(key, id, options) as string | null) ?? undefined
    })
}

/** The lines that the SDK prints at its launch. */
function quietly<T>(work: () => T): T {
  const { info } = console
  console.info = () => {}
  try {
    return work()
  } finally {
    console.info = info
  }
}

describe('of any two settings-files', () => {
  it('every user who gets something else is counted, also of the campaigns that are not compared', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, async ([previous, next]) => {
        const comparisons = planComparisons(previous, next)
        const compared = new Set(comparisons.map(({ key }) => key))
        const progress = new Int32Array(1)
        const decide = async (file: SettingsFile, side: 'before' | 'after') => {
          const there = comparisons.filter((comparison) => comparison[side] !== undefined)
          const jobs = there.map(({ key, [side]: campaign }) => ({
            key,
            type: campaign?.type ?? '',
            population: given,
          }))
          const sdk = copySdk().sdk as unknown as VwoSdk
          const picks = await quietly(() =>
            decideAll(sdk, { text: text(withOnly(file, compared)), jobs, users, progress }),
          )
          return new Map(jobs.map(({ key }, index) => [key, picks[index]]))
        }
        const [before, after] = [await decide(previous, 'before'), await decide(next, 'after')]
        const [from, to] = [answersOf(previous), answersOf(next)]
        for (const key of campaignKeys) {
          const [got, gets] = [from(key), to(key)]
          const moved = got.filter((name, index) => name !== gets[index]).length
          const entered = got.filter((name, index) => name === undefined && gets[index] !== undefined).length
          const counted = countMoves(before.get(key), after.get(key), users.length)
          expect([key, movingOf(counted), counted.enter]).toEqual([key, moved, entered])
        }
      }),
      { numRuns: runs(30) },
    )
  })
})

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
      users: syntheticUsers(1000),
    })
    expect(count).toBe(1000)
    expect(units.map(({ unit, kind }) => [unit, kind])).toEqual([
      ['new', 'added'],
      ['old', 'removed'],
      ['checkout-test', 'changed'],
    ])
    const [added, removed, changed] = units
    expect(added?.populations).toMatchObject([{ fits: 'all', enter: 1000, leave: 0, change: 0 }])
    expect(removed?.populations).toMatchObject([{ fits: 'all', enter: 0, leave: 1000, change: 0 }])
    const [all] = changed?.populations ?? []
    expect(all).toMatchObject({ enter: 0, leave: 0, flows: [{ from: 'Variation-1', to: 'Control' }] })
    // Half of them, give or take what a thousand users deviate by.
    expect(all?.change).toBeGreaterThan(430)
    expect(all?.change).toBeLessThan(570)
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

  it('gives users without variables such as fit the segment', async () => {
    const gold = (percentTraffic: number) =>
      text(
        settingsFile({
          campaigns: [abTest('gold', { percentTraffic, segments: { custom_variable: { plan: 'gold' } } })],
        }),
      )
    const moves = { environment: 'prod', previous: gold(0), next: gold(100) }
    const fitted = await previewMoves({ ...moves, users: syntheticUsers(100) })
    expect(fitted.units[0]?.populations).toMatchObject([
      { fits: 'both', enter: 100 },
      { fits: 'neither', enter: 0 },
    ])
    const own = syntheticUsers(100).map((user) => ({ ...user, customVariables: { plan: 'free' } }))
    expect((await previewMoves({ ...moves, users: own })).units[0]?.populations).toMatchObject([
      { fits: 'given', users: 100, enter: 0 },
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
      timeoutMs: 3000,
    })
    await expect(moves).rejects.toMatchObject({
      code: 'timeout',
      message: 'Cannot preview settings of "prod": expected to be done within 3 s, it was not.',
    })
  })
})

describe('the words of a preview', () => {
  const moves = (enter: number, leave = 0, change = 0) =>
    ({ fits: 'all', users: 10_000, enter, leave, change, flows: [] }) as const
  const campaign = (name: string, ...populations: UnitPreview['populations']) =>
    ({ unit: name, kind: 'changed', populations, unknown: [] }) as const

  it('have the shares of all users', () => {
    const words = (...counts: Parameters<typeof moves>) =>
      movesInWords(moves(...counts), campaign('a', moves(...counts)))
    expect(words(600, 0, 610)).toBe('12.1 % of users move: 6.0 % enter, 0 % leave, 6.1 % get something else')
    expect(words(0, 3)).toBe('< 0.1 % of users move: 0 % enter, < 0.1 % leave, 0 % get something else')
    expect(words(0)).toBe('none of users move')
  })

  it('tell kinds of users apart, and what is not known', () => {
    const left = { ...moves(0, 10_000), fits: 'before', flows: [{ from: 'Control', users: 10_000 }] } as const
    const both = { ...moves(0), fits: 'both' } as const
    expect(unitInWords({ ...campaign('a', left, both), unknown: ['after'] })).toEqual({
      moving: [
        {
          text: 'of users who fit its segment only before 100.0 % move: 0 % enter, 100.0 % leave, 0 % get something else',
          flows: ['Control → nothing 100.0 %'],
        },
      ],
      still: 'none of 10000 users who fit its segment before and now moves',
      unknown: 'whether users who fit its segment only now move is not known: none could be made',
    })
    expect(previewInOneLine({ noun: 'campaign', users: 10_000, units: [campaign('a', left, both)] })).toBe(
      '100 % of users of a who fit its segment only before move',
    )
  })

  it('fit into one line, without the campaigns that are new or gone', () => {
    const moving = ['a', 'b', 'c', 'd', '\u001B[31me'].map((name, index) =>
      campaign(name, moves(1200 - index * 100)),
    )
    const added = { ...campaign('new', moves(10_000)), kind: 'added' } as const
    expect(previewInOneLine({ noun: 'campaign', users: 10_000, units: [added, ...moving] })).toBe(
      '12 % of users of a move, 11 % of b, 10 % of c, and of 2 more',
    )
    expect(previewInOneLine({ noun: 'campaign', users: 10_000, units: moving.slice(4) })).not.toContain(
      '\u001B',
    )
    expect(previewInOneLine({ noun: 'campaign', users: 10_000, units: [added] })).toBeUndefined()
  })
})

describe('users', () => {
  it('are ids or objects, one a line', () => {
    expect(readUsers('ann\r\n\n{"user":"bob","customVariables":{"plan":"gold"}}\n')).toEqual([
      { id: 'ann' },
      { id: 'bob', customVariables: { plan: 'gold' } },
    ])
  })

  it.each([
    ['', /expected 1 to 1000000, one a line, got 0/],
    ['ann\n{"id":"bob"}', /line 2: expected an id, or \{"user"/],
    ['{"user":', /line 1/],
  ])('are refused: %j', (lines, message) => {
    expect(() => readUsers(lines)).toThrow(message)
  })
})
