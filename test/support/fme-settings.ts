/**
 * Builds plain settings-files of FME, as VWO would send them, with only what a test wants to say about them.
 *
 * @example
 * fmeSettings([{ key: 'checkout', rules: [rollout({ weight: 50 }), abTest()] }])
 * @module
 */
import type { SettingsFile } from '@vwo-hub/protocol/fme'

type Campaign = SettingsFile['campaigns'][number]
type Variation = Campaign['variations'][number]
type Rule = NonNullable<SettingsFile['features'][number]['rules']>[number]

/** A rule, and what it points to; ids are given by {@link fmeSettings}. */
export interface RuleOf {
  readonly type: 'FLAG_ROLLOUT' | 'FLAG_TESTING' | 'FLAG_PERSONALIZE'
  readonly campaign: Partial<Campaign>
  readonly rule?: Partial<Rule>
}

export interface FeatureOf {
  readonly key: string
  readonly rules?: readonly RuleOf[]
  readonly metrics?: readonly string[]
  readonly more?: object
}

const variables = (value: string): NonNullable<Variation['variables']> => [
  { id: 1, key: 'label', type: 'string', value },
]

export function rollout(variation: Partial<Variation> = {}): RuleOf {
  const own = {
    id: 1,
    name: 'Rollout',
    weight: 100,
    segments: {},
    variables: variables('rolled out'),
    ...variation,
  }
  return { type: 'FLAG_ROLLOUT', campaign: { segments: {}, variations: [own] }, rule: { variationId: 1 } }
}

export function personalise(variation: Partial<Variation> = {}): RuleOf {
  return { ...rollout(variation), type: 'FLAG_PERSONALIZE' }
}

export function abTest(campaign: Partial<Campaign> = {}): RuleOf {
  const variations = ['Control', 'Variation-1'].map((name, index) => ({
    id: index + 1,
    name,
    weight: 50,
    segments: {},
    variables: variables(name),
  }))
  return { type: 'FLAG_TESTING', campaign: { percentTraffic: 100, segments: {}, variations, ...campaign } }
}

/** The campaigns of the first feature have the ids 11, 12, …, those of the second 21, …. */
export function fmeSettings(features: readonly FeatureOf[], more: Partial<SettingsFile> = {}): SettingsFile {
  const campaigns: Campaign[] = []
  return {
    version: 1,
    accountId: 123_456,
    sdkKey: 'the-sdk-key',
    features: features.map(({ key, rules = [rollout()], metrics = ['purchase'], more: own }, place) => ({
      id: place + 1,
      key,
      name: key,
      type: 'FEATURE_FLAG',
      status: 'ON',
      metrics: metrics.map((identifier, index) => ({
        id: 10 * (place + 1) + index,
        type: 'CUSTOM_GOAL',
        identifier,
      })),
      rules: rules.map(({ type, campaign, rule }, index) => {
        const id = 10 * (place + 1) + index + 1
        const named = `${key}_${type === 'FLAG_ROLLOUT' ? 'rollout' : 'experiment'}Rule${index + 1}`
        campaigns.push({
          id,
          type,
          key: named,
          name: `Rule ${index + 1}`,
          status: 'RUNNING',
          segments: {},
          variations: [],
          ...campaign,
        })
        return { type, ruleKey: `rule${index + 1}`, campaignId: id, ...rule }
      }),
      ...own,
    })),
    campaigns,
    ...more,
  }
}

/** One that uses each field that there is. */
export function fmeSettingsWithEverything(): SettingsFile {
  const forced = abTest({ isForcedVariationEnabled: true, isUserListEnabled: false, salt: 'salted' })
  const [control, other] = forced.campaign.variations ?? []
  if (control === undefined || other === undefined) throw new Error('expected two variations')
  return fmeSettings(
    [
      {
        key: 'checkout',
        rules: [
          rollout({
            weight: 60,
            salt: 'spread',
            segments: {
              or: [{ custom_variable: { plan: 'regex(^gold)' } }, { not: { user: 'anna, bert' } }],
            },
          }),
          {
            ...forced,
            campaign: {
              ...forced.campaign,
              percentTraffic: 80,
              segments: {
                and: [
                  { custom_variable: { age: 'gte(18)' } },
                  { custom_variable: { mail: 'wildcard(*@x.org)' } },
                ],
              },
              variations: [control, { ...other, segments: { or: [{ user: 'carl,dora' }] } }],
            },
          },
          personalise({ weight: '30', segments: { and: [{ country: 'DE' }, { city: 'Berlin' }] } }),
        ],
        metrics: ['purchase', 'basket'],
        more: {
          impactCampaign: { campaignId: 11, type: 'FLAG_TESTING' },
          isDebuggerEnabled: false,
          variables: [{ id: 1, key: 'label', type: 'string', value: 'off' }],
        },
      },
      {
        key: 'search',
        rules: [
          rollout({ segments: { or: [{ ua: 'wildcard(*Firefox*)' }, { ip_address: '10.0.0.1' }] } }),
          abTest(),
          abTest(),
        ],
      },
      { key: 'menu', rules: [abTest(), personalise()], metrics: [] },
      { key: 'idle', rules: [] },
    ],
    {
      groups: {
        '1': { name: 'both', campaigns: ['22', '31'], et: 1 },
        '2': { name: 'weighed', campaigns: ['23', '32_1'], et: 2, p: ['23'], wt: { '32_1': 100 } },
      },
      campaignGroups: { '22': 1, '31': 1, '23': 2, '32_1': 2 },
      collectionPrefix: 'eu01',
      usageStatsAccountId: 9,
      sdkMetaInfo: { wasInitializedEarlier: true },
      pollInterval: 600_000,
      holdouts: [
        {
          id: 5,
          name: 'nobody',
          segments: {},
          percentTraffic: 0,
          featureIds: [1],
          isGlobal: false,
          metrics: [],
        },
      ],
    },
  )
}
