/**
 * Pairs of settings-files of which one was edited, with nested segments and lists of users.
 *
 * @module
 */
import * as fc from 'fast-check'
import { nested } from './settings-arbitrary.ts'
import { abTest, type Campaign, settingsFile, variation } from './settings-file.ts'

/** A condition. */
export const is = (name: string, condition: string) => ({ custom_variable: { [name]: condition } })
const leaf = fc.oneof(
  fc
    .constantFrom('gold', 'silver', 'lower(GOLD)', 'wildcard(*ol*)', 'wildcard(s*)', 'regex(^(gold|free)$)')
    .map((c) => is('plan', c)),
  fc.constantFrom('gt(3)', 'lt(9)', '5', 'gte(7)', 'lte(4)').map((c) => is('visits', c)),
  fc.constantFrom('DE', 'FR').map((c) => is('country', c)),
)
const segments = fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 5, arbitrary: nested(leaf) })
const lists = fc.constantFrom<object>(
  {},
  { user: 'user-3, user-5' },
  { or: [{ user: 'user-5' }, is('tester', 'yes')] },
  is('tester', 'yes'),
)

const campaignOf = (key: string) =>
  fc
    .record({
      traffic: fc.constantFrom(100, 100, 50),
      control: fc.constantFrom(50, 20),
      segments,
      list: lists,
    })
    .map(({ traffic, control, segments: own, list }): Campaign =>
      abTest(key, {
        percentTraffic: traffic,
        segments: own,
        isForcedVariationEnabled: Object.keys(list).length > 0,
        variations: [
          variation(1, 'Control', control, { segments: {} }),
          variation(2, 'Variation-1', 100 - control, { segments: list }),
        ],
      }),
    )

/** The first with one or more of the second's traits: what is edited in a day. */
const edited = (key: string) =>
  fc
    .tuple(
      campaignOf(key),
      campaignOf(key),
      fc.subarray(['percentTraffic', 'segments', 'variations'] as const, { minLength: 1 }),
    )
    .map(([before, drawn, traits]) => {
      const traitsOf = Object.fromEntries(traits.map((trait) => [trait, drawn[trait]]))
      const isForced = {
        isForcedVariationEnabled: (traits.includes('variations') ? drawn : before).isForcedVariationEnabled,
      }
      return [before, { ...before, ...traitsOf, ...isForced, id: before.id }] as const
    })

/** Two campaigns, perhaps in a group, before and after somebody has edited one of them or both. */
export const editedPairs = fc
  .record({
    one: edited('checkout'),
    other: edited('menu'),
    isGrouped: fc.boolean(),
    isOtherEdited: fc.boolean(),
  })
  .map(({ one, other, isGrouped, isOtherEdited }) => {
    const ids = [Number(one[0].id), Number(other[0].id)]
    const group = isGrouped
      ? {
          groups: { 7: { name: 'group', campaigns: ids } },
          campaignGroups: Object.fromEntries(ids.map((id) => [String(id), 7])),
        }
      : {}
    const after = { ...(isOtherEdited ? other[1] : other[0]), id: other[0].id }
    return [
      settingsFile({ campaigns: [one[0], other[0]], ...group }),
      settingsFile({ campaigns: [one[1], after], ...group }),
    ] as const
  })
