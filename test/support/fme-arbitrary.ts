/**
 * Settings-files of FME: a few that use each field, and any number that are generated.
 *
 * @module
 */
import * as fc from 'fast-check'
import type { SettingsFile } from '@vwo-hub/protocol/fme'
import {
  abTest,
  fmeSettings,
  fmeSettingsWithEverything,
  personalise,
  rollout,
  type FeatureOf,
  type RuleOf,
} from './fme-settings.ts'

const variables = (text: string) => [
  { id: 1, key: 'label', type: 'string', value: text },
  { id: 2, key: 'count', type: 'integer', value: 0 },
  { id: 3, key: 'isNew', type: 'boolean', value: false },
  { id: 4, key: 'box', type: 'json', value: { of: [text] } },
]

const everything = fmeSettingsWithEverything()
const basic = fmeSettings([{ key: 'checkout', rules: [rollout({ variables: variables('basic') })] }])
const half = fmeSettings([{ key: 'checkout', rules: [rollout({ weight: 50 }), abTest()] }])

/** One for each thing that settings can say, as VWO's own fixtures have them. */
export const fmeCorpus: readonly { readonly name: string; readonly settings: SettingsFile }[] = [
  { name: 'a rollout', settings: basic },
  { name: 'everything', settings: everything },
  { name: 'nothing', settings: fmeSettings([]) },
  { name: 'nothing, of PHP', settings: { ...fmeSettings([]), features: {}, campaigns: {} } as never },
  { name: 'a rollout and a test', settings: half },
  {
    name: 'a test of half of the users, with another salt',
    settings: fmeSettings([{ key: 'checkout', rules: [abTest({ percentTraffic: 50, salt: 'other' })] }]),
  },
  {
    name: 'segments of address, agent and place',
    settings: fmeSettings([
      { key: 'checkout', rules: [rollout({ segments: { or: [{ ip_address: '10.0.0.1' }] } }), abTest()] },
      { key: 'menu', rules: [rollout({ segments: { or: [{ ua: 'wildcard(*Firefox*)' }] } })] },
      { key: 'search', rules: [personalise({ segments: { and: [{ country: 'DE' }] } })] },
    ]),
  },
  { name: 'another account', settings: { ...half, accountId: 654_321, sdkKey: 'another-key' } },
  { name: 'another environment', settings: { ...basic, sdkKey: 'another-key' } },
  { name: 'a prefix', settings: { ...basic, collectionPrefix: 'eu01' } },
  { name: 'another prefix', settings: { ...half, collectionPrefix: 'as01' } },
  {
    name: 'an impact campaign',
    settings: fmeSettings([
      { key: 'checkout', rules: [], more: { impactCampaign: { campaignId: 77, type: 'FLAG_TESTING' } } },
    ]),
  },
]

const segments = fc.constantFrom<Record<string, unknown>>(
  {},
  { or: [{ custom_variable: { plan: 'gold' } }] },
  { not: { or: [{ custom_variable: { plan: 'wildcard(*ol*)' } }] } },
  { and: [{ custom_variable: { age: 'gte(18)' } }, { not: { user: 'ann,carl' } }] },
  { or: [{ ip_address: '10.0.0.1' }, { ua: 'lower(mozilla firefox)' }] },
  { and: [{ country: 'DE' }] },
)
const salts = fc.constantFrom<{ salt?: string }>({}, { salt: 'one' }, { salt: 'two' })
const weights = fc.constantFrom(0, 1, 33.335, 50, 100)

const wholes: fc.Arbitrary<RuleOf> = fc
  .tuple(fc.constantFrom(rollout, personalise), weights, segments, salts, fc.string({ maxLength: 3 }))
  .map(([make, weight, who, salt, text]) =>
    make({ weight, segments: who, variables: variables(text), ...salt }),
  )
const tests: fc.Arbitrary<RuleOf> = fc
  .tuple(weights, fc.integer({ min: 0, max: 100 }), segments, salts, fc.boolean())
  .map(([weight, percentTraffic, who, salt, isForced]) =>
    abTest({
      ...{ percentTraffic, segments: who, isForcedVariationEnabled: isForced, ...salt },
      variations: [weight, 100 - weight].map((share, at) => ({
        ...{ id: at + 1, name: `V${at}`, weight: share, variables: variables(`of ${at}`) },
        segments: isForced && at === 1 ? { or: [{ user: 'bert' }] } : {},
      })),
    }),
  )
const features: fc.Arbitrary<FeatureOf[]> = fc
  .array(
    fc.record({
      key: fc.constantFrom('checkout', 'menu', 'search', 'idle'),
      rules: fc.array(fc.oneof(wholes, tests), { maxLength: 4 }),
      metrics: fc.subarray(['purchase', 'basket', 'visit']),
    }),
    { maxLength: 4 },
  )
  .map((list) => [...new Map(list.map((each) => [each.key, each])).values()])

export const fmeFiles: fc.Arbitrary<SettingsFile> = fc
  .tuple(
    features,
    fc.constantFrom<Partial<SettingsFile>>({}, { collectionPrefix: 'eu01' }, { accountId: 9, sdkKey: 'k9' }),
    fc.boolean(),
  )
  .map(([list, more, isGrouped]) => fmeSettings(list, { ...more, ...(isGrouped && groupOf(list)) }))

/** All tests and personalisations exclude each other; a group of what is not there the SDK never comes out of. */
function groupOf(list: readonly FeatureOf[]): Partial<SettingsFile> {
  const members = list.flatMap(({ rules = [] }, place) =>
    rules.flatMap(({ type }, at) => {
      const id = `${10 * (place + 1) + at + 1}`
      if (type === 'FLAG_ROLLOUT') return []
      return type === 'FLAG_TESTING' ? id : `${id}_1`
    }),
  )
  if (members.length < 2) return {}
  return {
    groups: { 1: { name: 'one of them', campaigns: members, et: 1 } },
    campaignGroups: Object.fromEntries(members.map((member) => [member, 1])),
  }
}
