import { describe, expect, it } from 'vitest'
import { summariseChange } from '../../packages/hub/dist/product/fullstack/summary/summary.js'
import { type Campaign, campaign, file, variation } from '../support/running-campaigns.ts'

const discount = (value: number) => [{ id: 1, type: 'integer', key: 'discount', value }]

/** The summary of a change to one campaign, whose key is left out. */
const changeOf = (before: Partial<Campaign>, after: Partial<Campaign>): string => {
  const [previous, next] = [before, after].map((overrides) => file([campaign(1, { key: 'a', ...overrides })]))
  if (previous === undefined || next === undefined) throw new Error('unreachable')
  return summariseChange(previous, next).summary.replace(/^a: /, '')
}

describe('the words of a summary', () => {
  it('reads as a list of campaigns, each with what happened to it', () => {
    const previous = file([
      campaign(1, { key: 'checkout-test' }),
      campaign(2, { key: 'price-feature', type: 'FEATURE_ROLLOUT', variables: discount(10) }),
      campaign(3, { key: 'old-banner' }),
    ])
    const next = file([
      campaign(1, {
        key: 'checkout-test',
        percentTraffic: 80,
        variations: [variation(1), variation(2, { weight: 20 })],
      }),
      campaign(2, { key: 'price-feature', type: 'FEATURE_ROLLOUT', variables: discount(12) }),
    ])
    const { summary, changes } = summariseChange(previous, next)
    expect(summary).toBe(
      'checkout-test: traffic 50 → 80 %, Variation-1 weight 50 → 20; ' +
        'price-feature: variable `discount` 10 → 12; old-banner: no longer running',
    )
    expect(changes).toEqual([
      { subject: 'checkout-test', kind: 'changed', text: 'traffic 50 → 80 %' },
      { subject: 'checkout-test', kind: 'changed', text: 'Variation-1 weight 50 → 20' },
      { subject: 'price-feature', kind: 'changed', text: 'variable `discount` 10 → 12' },
      { subject: 'old-banner', kind: 'removed', text: 'no longer running' },
    ])
  })

  it('counts the campaigns of the first publication', () => {
    expect(summariseChange(undefined, file([campaign(1), campaign(2)])).summary).toBe(
      'first settings: 2 campaigns',
    )
    expect(summariseChange(undefined, file([campaign(1)])).summary).toBe('first settings: 1 campaign')
  })

  it('says when only the text differs', () => {
    expect(summariseChange(file([campaign(1)]), file([campaign(1)]))).toEqual({
      summary: 'no visible change (sha differs)',
      changes: [],
    })
  })

  it('takes an empty object and an empty array of PHP for the same', () => {
    expect(changeOf({ segments: {} }, { segments: [] })).toBe('no visible change (sha differs)')
  })

  it.each<[fact: string, before: Partial<Campaign>, after: Partial<Campaign>, words: string]>([
    ['a status', {}, { status: 'PAUSED' }, 'status "RUNNING" → "PAUSED"'],
    ['a type', {}, { type: 'FEATURE_TEST' }, 'type "VISUAL_AB" → "FEATURE_TEST"'],
    ['an id that is a string now', {}, { id: '1' }, 'id 1 → "1"'],
    ['whitelisting switched on', {}, { isForcedVariationEnabled: true }, 'whitelisting off → on'],
    ['a user list switched off', { isUserListEnabled: true }, {}, 'user list on → off'],
    ['a bandit', { isMAB: false }, { isMAB: true }, 'multi-armed bandit off → on'],
    ['a field that nobody knows', {}, { shape: 'round' }, 'shape nothing → "round"'],
    ['an object that nobody knows', {}, { shape: { a: 1 } }, 'shape changed'],
    [
      'a segment',
      { segments: { or: [{ custom_variable: { plan: 'gold' } }] } },
      {
        segments: {
          and: [{ custom_variable: { plan: 'gold' } }, { not: { custom_variable: { country: 'DE' } } }],
        },
      },
      'segment plan = "gold" → plan = "gold" and not country = "DE"',
    ],
    [
      'a segment that ends',
      { segments: { custom_variable: { plan: 'gold' } } },
      { segments: {} },
      'segment plan = "gold" → all users',
    ],
    [
      'a whitelisted user, without naming anybody',
      {},
      { variations: [variation(1), variation(2, { segments: { or: [{ user: 'ann@example.com,bob' }] } })] },
      'Variation-1 whitelisting nobody → 2 users',
    ],
    [
      'another whitelisted user',
      { variations: [variation(1, { segments: { or: [{ user: 'ann' }] } }), variation(2)] },
      { variations: [variation(1, { segments: { or: [{ user: 'bob' }] } }), variation(2)] },
      'Control whitelisting changed',
    ],
    [
      'a new variation',
      {},
      { variations: [variation(1), variation(2), variation(3, { weight: 33.3 })] },
      'new variation Variation-2 (weight 33.3)',
    ],
    ['a variation that is gone', {}, { variations: [variation(1)] }, 'variation Variation-1 removed'],
    [
      'a renamed variation',
      {},
      { variations: [variation(1), variation(2, { name: 'Bold' })] },
      'Bold name "Variation-1" → "Bold"',
    ],
    [
      'the order of variations',
      {},
      { variations: [variation(2), variation(1)] },
      'variations in another order',
    ],
    [
      'a feature switched off',
      { variations: [variation(1), variation(2, { isFeatureEnabled: true })] },
      { variations: [variation(1), variation(2, { isFeatureEnabled: false })] },
      'Variation-1 feature on → off',
    ],
    [
      'a variable of a variation',
      {
        variations: [
          variation(1, { variables: [{ id: 7, type: 'string', key: 'title', value: 'Hi' }] }),
          variation(2),
        ],
      },
      {
        variations: [
          variation(1, { variables: [{ id: 7, type: 'string', key: 'title', value: 'Ho' }] }),
          variation(2),
        ],
      },
      'Control variable `title` "Hi" → "Ho"',
    ],
    [
      'a new variable, and one that is gone',
      { variables: [{ id: 1, type: 'boolean', key: 'old', value: true }] },
      { variables: [{ id: 2, type: 'integer', key: 'size', value: 3 }] },
      'new variable `size` = 3, variable `old` removed',
    ],
    [
      'goals',
      {},
      {
        goals: [
          { id: 1, identifier: 'signup', type: 'REVENUE_TRACKING', revenueProp: 'amount' },
          { id: 2, identifier: 'order', type: 'CUSTOM_GOAL' },
        ],
      },
      'goal signup type "CUSTOM_GOAL" → "REVENUE_TRACKING", goal signup revenueProp nothing → "amount", new goal order',
    ],
    ['a goal that is gone', {}, { goals: [] }, 'goal signup removed'],
    ['nothing where an absent flag is off now', {}, { isMAB: false }, 'no visible change (sha differs)'],
  ])('says %s', (_, before, after, words) => {
    expect(changeOf(before, after)).toBe(words)
  })

  it('says which campaigns begin', () => {
    const next = file([campaign(1), campaign(2, { percentTraffic: 100 }), campaign(3, { status: 'DRAFT' })])
    expect(summariseChange(file([campaign(1)]), next).summary).toBe(
      'campaign-2: now running (traffic 100 %, 2 variations); ' +
        'campaign-3: new, status DRAFT (traffic 50 %, 2 variations)',
    )
  })

  it('says what happens to groups, with the keys of campaigns', () => {
    const campaigns = [campaign(1), campaign(2), campaign(3)]
    const previous = file(campaigns, {
      groups: { '9': { name: 'prices', campaigns: [1, 2] }, '8': { name: 'old', campaigns: [3] } },
      campaignGroups: { '1': 9, '2': 9, '3': 8 },
    })
    const next = file(campaigns, {
      groups: { '9': { name: 'prices', campaigns: [1, 3], et: 2 }, '7': { name: 'fresh', campaigns: [2] } },
      campaignGroups: { '1': 9, '3': 9, '2': 7 },
    })
    expect(summariseChange(previous, next).summary).toBe(
      'group fresh: new, 1 campaign; ' +
        'group prices: campaign-3 joined, campaign-2 left, et nothing → 2; group old: no longer there',
    )
  })

  it('says what belongs to no campaign, and never the sdkKey', () => {
    const { summary } = summariseChange(
      file([campaign(1), campaign(2)], { sdkKey: 'secret-one' }),
      file([campaign(2), campaign(1)], { sdkKey: 'secret-two', isNBv2: true, collectionPrefix: 'eu01' }),
    )
    expect(summary).toBe(
      'settings-file: sdkKey changed, isNBv2 nothing → true, collectionPrefix nothing → "eu01", campaigns in another order',
    )
  })
})

describe('given an id that is there twice', () => {
  it('matches the first with the first and the second with the second', () => {
    const twice = [campaign(1), campaign(1, { key: 'twin' })]
    expect(summariseChange(file(twice), file([campaign(1, { percentTraffic: 51 })])).summary).toBe(
      'campaign-1: traffic 50 → 51 %; twin: no longer running',
    )
    expect(summariseChange(file([campaign(1)]), file(twice)).summary).toBe(
      'twin: now running (traffic 50 %, 2 variations)',
    )
  })
})

describe('given a key that is there twice', () => {
  const [a, b] = [campaign(1, { key: 'a' }), campaign(2, { key: 'b' })]
  type Campaigns = ReturnType<typeof campaign>[]
  const summary = (before: Campaigns, after: Campaigns) => summariseChange(file(before), file(after)).summary

  it('says nothing of what stands behind the first, by which alone is decided', () => {
    expect(summary([a, b], [a, b, a, b])).toBe('no visible change (sha differs)')
    expect(summary([a, b, a, b], [a, b])).toBe('no visible change (sha differs)')
    expect(summary([a, b], [a, b, campaign(9, { key: 'a', percentTraffic: 7 })])).toBe(
      'no visible change (sha differs)',
    )
  })

  it('says what the one in front changes, and of the other no end', () => {
    expect(summary([a, b], [campaign(9, { key: 'b', percentTraffic: 7 }), a, b])).toBe(
      'settings-file: campaigns in another order; b: traffic 50 → 7 %, id 2 → 9',
    )
  })

  it('knows a campaign that was replaced by one of the same key', () => {
    expect(summary([a, b], [a, campaign(9, { key: 'b' })])).toBe('b: id 2 → 9')
  })
})
