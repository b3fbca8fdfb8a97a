/**
 * Settings-files of every kind that the SDK knows, with the quirks that VWO's files have.
 *
 * @module
 */
import * as fc from 'fast-check'
import {
  goal,
  settingsFile,
  variable,
  variation,
  type Campaign,
  type Goal,
  type PlainSettingsFile,
  type Variable,
  type Variation,
} from './settings-file.ts'

/** Few, so that two settings-files have many in common. */
export const campaignKeys = ['checkout', 'menu', 'search', 'banner', 'price']
export const goalIdentifiers = ['bought', 'paid', 'seen']
export const variableKeys = ['colour', 'size', 'shown', 'texts']
export const userIds = [
  'ann',
  'bob',
  'cem',
  'dag',
  'eve',
  ...Array.from({ length: 4 }, (_, n) => `user-${n}`),
]

/** What `[]` and `{}` are to VWO when there is nothing in it. */
const emptied = <T>(list: T[]): fc.Arbitrary<T[] | object> =>
  list.length > 0 ? fc.constant(list) : fc.constantFrom([], {})

const value: fc.Arbitrary<Pick<Variable, 'type' | 'value'>> = fc.oneof(
  fc.record({ type: fc.constant('string' as const), value: fc.constantFrom('red', 'green', '') }),
  fc.record({ type: fc.constant('integer' as const), value: fc.constantFrom(0, 7, '12') }),
  fc.record({ type: fc.constant('double' as const), value: fc.constantFrom(0.5, '1.25') }),
  fc.record({ type: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ type: fc.constant('json' as const), value: fc.constantFrom({ a: 1 }, '{"a":2}', []) }),
)

const variables: fc.Arbitrary<Variable[] | object> = fc
  .subarray(variableKeys)
  .chain((keys) =>
    fc.tuple(...keys.map((key) => value.map((typed) => ({ ...variable(key, typed.value, typed.type) })))),
  )
  .chain((list) => emptied<Variable>(list))

const operand = fc.oneof(
  fc.constantFrom(
    'gold',
    'lower(GOLD)',
    'wildcard(*ol*)',
    'wildcard(go*)',
    'regex(^g.*d$)',
    'gt(3)',
    'lte(5)',
  ),
)
const leaf = fc.oneof(
  fc.record({ custom_variable: fc.record({ plan: operand }) }),
  fc.record({ custom_variable: fc.record({ visits: fc.constantFrom('gt(3)', 'lt(9)', '5', 'gte(2)') }) }),
  fc.record({ user: fc.subarray(userIds.slice(0, 8), { minLength: 1 }).map((users) => users.join(', ')) }),
)
/** Segments of these conditions. */
export function nested(conditions: fc.Arbitrary<object>): fc.Arbitrary<object> {
  return fc.letrec<{ segment: object }>((tie) => ({
    segment: fc.oneof(
      { maxDepth: 2, depthSize: 'small' },
      conditions,
      fc.record({ and: fc.array(tie('segment'), { minLength: 1, maxLength: 2 }) }),
      fc.record({ or: fc.array(tie('segment'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ not: tie('segment') }),
    ),
  })).segment
}
const segments: fc.Arbitrary<object> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom({}, []) },
  { weight: 1, arbitrary: nested(leaf) },
)

const goals: fc.Arbitrary<Goal[] | object> = fc
  .subarray(goalIdentifiers)
  .chain((identifiers) =>
    fc.tuple(
      ...identifiers.map((identifier) =>
        fc
          .record({
            type: fc.constantFrom('CUSTOM_GOAL' as const, 'REVENUE_TRACKING' as const),
            more: fc.constantFrom({}, { revenueProp: 'price' }, { revenueProp: 'price', mca: -1 }),
          })
          .map(({ type, more }) => goal(identifier, { type, ...more })),
      ),
    ),
  )
  .chain((list) => emptied<Goal>(list))

const weight = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<number | string>(50, 33.3333, '25') },
  { weight: 1, arbitrary: fc.constantFrom<number | string>(0, 100, 0.01, '50', '33.33', '0', '12.5', 250) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 100 }) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 100, noNaN: true }) },
)

const variations: fc.Arbitrary<Variation[] | object> = fc
  .oneof(
    { weight: 8, arbitrary: fc.integer({ min: 2, max: 4 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1) },
  )
  .chain((count) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, n) =>
        fc
          .record({
            id:
              n === 0
                ? fc.constantFrom<number | string>(1, '1')
                : fc.constantFrom<number | string>(n + 1, `${n + 1}`),
            weight,
            segments,
            variables: fc.option(variables, { nil: undefined }),
            isFeatureEnabled: fc.option(fc.boolean(), { nil: undefined }),
          })
          .map(({ id, weight: share, ...more }) =>
            variation(id, n === 0 ? 'Control' : `Variation-${n}`, share, defined(more)),
          ),
      ),
    ),
  )
  .chain((list) => emptied<Variation>(list))

const flag = fc.constantFrom(undefined, false, true)

const campaign = (key: string): fc.Arbitrary<Campaign> => {
  const place = campaignKeys.indexOf(key) + 1
  return fc
    .record({
      id: fc.constantFrom<number | string>(place, place, place, `${place}`, place + 10),
      type: fc.constantFrom('VISUAL_AB' as const, 'FEATURE_TEST' as const, 'FEATURE_ROLLOUT' as const),
      status: fc.constantFrom('RUNNING', 'RUNNING', 'RUNNING', 'RUNNING', 'PAUSED'),
      percentTraffic: fc.oneof(
        { weight: 3, arbitrary: fc.constant(100) },
        { weight: 2, arbitrary: fc.integer({ min: 0, max: 100 }) },
        { weight: 1, arbitrary: fc.constantFrom(0, 0.5, 33.3) },
      ),
      goals,
      variations,
      variables: fc.option(variables, { nil: undefined }),
      segments,
      isBucketingSeedEnabled: flag,
      isForcedVariationEnabled: flag,
      isUserListEnabled: flag,
      isMAB: fc.constantFrom(undefined, undefined, undefined, false, true),
      isOB: flag,
      isOBv2: flag,
    })
    .map((drawn) => ({ key, name: key, ...defined(drawn) }))
}

const groups: fc.Arbitrary<Pick<PlainSettingsFile, 'groups' | 'campaignGroups'>> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      {},
      { groups: {}, campaignGroups: {} },
      { groups: [] as const, campaignGroups: [] as const },
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        members: fc.subarray([1, 2, 3, 4, 5], { minLength: 2 }),
        et: fc.constantFrom(undefined, 1, 2),
        p: fc.option(fc.subarray([5, 3, 1]), { nil: undefined }),
        wt: fc.option(
          fc.dictionary(fc.constantFrom('1', '2', '3', '4', '5'), fc.integer({ min: 0, max: 100 })),
          {
            nil: undefined,
          },
        ),
      })
      .map(({ members, ...how }) => ({
        groups: { 7: { name: 'group', campaigns: members, ...defined(how) } },
        campaignGroups: Object.fromEntries(members.map((id) => [String(id), 7])),
      })),
  },
)

/** Every kind of settings-file. Two of them often differ in what the SDK keeps in its modules. */
export const settingsFiles: fc.Arbitrary<PlainSettingsFile> = fc
  .record({
    version: fc.constantFrom<number | string>(1, 2, '3'),
    accountId: fc.constantFrom<number | string>(123_456, 123_456, 123_456, '123456', 654_321),
    sdkKey: fc.constantFrom('a'.repeat(32), 'a'.repeat(32), 'b'.repeat(32), undefined),
    campaigns: fc
      .shuffledSubarray(campaignKeys)
      .chain((keys) => fc.tuple(...keys.map(campaign)))
      .chain((list) => emptied<Campaign>(list)),
    collectionPrefix: fc.constantFrom(undefined, undefined, 'eu01', 'as02'),
    isEventArchEnabled: flag,
    isNB: flag,
    isNBv2: flag,
    isOB: flag,
    isOBv2: flag,
    grouped: groups,
  })
  .map(({ grouped, ...root }) => settingsFile({ ...defined(root), ...grouped }))

/** Without the fields that are undefined: the SDK tells those from absent ones. */
function defined<T extends object>(fields: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, given]) => given !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>
  }
}

const isKept = fc.integer({ min: 1, max: 6 }).map((drawn) => drawn > 1)
const kept = fc.record({
  accountId: isKept,
  sdkKey: isKept,
  isNB: isKept,
  isNBv2: isKept,
  collectionPrefix: isKept,
})

/** What follows a settings-file in one environment. */
function followerOf(
  before: PlainSettingsFile,
  drawn: PlainSettingsFile,
  keeps: Readonly<Record<string, boolean>>,
): PlainSettingsFile {
  const same = Object.entries({ ...before }).filter(([field]) => keeps[field] === true)
  const own = Object.entries(drawn).filter(([field]) => keeps[field] !== true)
  return Object.fromEntries([...own, ...same]) as unknown as PlainSettingsFile
}

/**
 * Two settings-files, of which the second mostly has the account, key, flags and prefix of the first: swaps in place,
 * launches, and launches for a single one of these all come often.
 */
export const settingsPairs = fc
  .tuple(settingsFiles, settingsFiles, kept)
  .map(([first, drawn, keeps]) => [first, followerOf(first, drawn, keeps)] as const)

/** Three that follow each other so. */
export const settingsTriples = fc
  .tuple(settingsPairs, settingsFiles, kept)
  .map(([[first, second], drawn, keeps]) => [first, second, followerOf(second, drawn, keeps)] as const)
