/**
 * The settings-file of VWO Feature Management & Experimentation: the SDK's own schema, plus what that schema leaves unchecked
 * and a decision then ends the process by, or takes for something else.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/models/schemas/SettingsSchemaValidation.ts`, and 1.60.0 for `holdouts`
 * @module
 */
import { findGroupedRollout } from './fme-groups.ts'
import { withoutShort } from './fme-short.ts'
import { segmentOrNone } from './fme-segment.ts'
import {
  anything,
  asList,
  fault,
  flag,
  id,
  isEmptyArray,
  isEmptyObject,
  kind,
  list,
  map,
  number,
  object,
  optional,
  record,
  type SettingsFault,
  text,
  weight,
} from './look.ts'

export { findGroupedRollout } from './fme-groups.ts'
export { normaliseSettings } from './fme-normalise.ts'
export type { SettingsFault } from './look.ts'

type Id = number | string
/** Fields that this module does not know. */
type Loose = Record<string, unknown>
/** A map that VWO's PHP side may send as `[]` when it is empty. */
type MapOf<T> = Readonly<Record<string, T>> | readonly []

interface Variable extends Loose {
  id: Id
  type: string
  key: string
  value: unknown
}

interface Metric extends Loose {
  id: Id
  type: string
  identifier: string
  revenueProp?: string | undefined
}

interface Variation extends Loose {
  id: Id
  name: string
  /** A share in percent; PHP may send it as text. */
  weight: number | string
  /** Of a rollout or personalisation, who takes part; of a test, who is forced into it. */
  segments?: MapOf<unknown> | undefined
  variables?: Variable[] | undefined
  salt?: string | undefined
}

/** What a rule points to: a rollout, a test or a personalisation. */
interface Campaign extends Loose {
  id: Id
  type: string
  key: string
  name: string
  status: string
  /** Who takes part in a test. */
  segments: MapOf<unknown>
  /** Of a test; the share of the others is the weight of their first variation. */
  percentTraffic?: number | undefined
  isForcedVariationEnabled?: boolean | undefined
  isUserListEnabled?: boolean | undefined
  salt?: string | undefined
  variations: Variation[]
}

interface Rule extends Loose {
  type: string
  ruleKey: string
  campaignId: number
  variationId?: number | undefined
}

interface Feature extends Loose {
  id: Id
  key: string
  name: string
  type: string
  status: string
  metrics: Metric[]
  rules?: Rule[] | undefined
  impactCampaign?: { campaignId?: number; type?: string } | undefined
}

/** Mutually exclusive rules: members are ids of campaigns, `"2"`, or of a variation of one, `"3_1"`. */
interface Group extends Loose {
  name?: string | undefined
  campaigns: string[]
  et?: number | undefined
  p?: string[] | undefined
  wt?: MapOf<number | string> | undefined
}

interface Holdout extends Loose {
  id: Id
  name: string
  segments: MapOf<unknown>
  percentTraffic: number
  featureIds: number[]
  isGlobal: boolean
  metrics: unknown[]
}

export interface SettingsFile extends Loose {
  version: Id
  accountId: Id
  sdkKey?: string | undefined
  collectionPrefix?: string | undefined
  features: Feature[]
  campaigns: Campaign[]
  groups?: MapOf<Group> | undefined
  campaignGroups?: MapOf<number> | undefined
  holdouts?: Holdout[] | undefined
}

/** One that is 0 or empty is none to the SDK, and what it does then ends the process. */
const ownId = kind('an id other than 0 or nothing', (value) =>
  typeof value === 'string' ? value !== '' : typeof value === 'number' && value !== 0,
)
const name = kind('a string that is not empty', (value) => typeof value === 'string' && value !== '')
const value = kind(
  'a number, a string, true or false, or an object',
  (given) => given !== null && ['number', 'string', 'boolean', 'object'].includes(typeof given),
)
/** As the SDK looks for campaigns: by number. */
const campaignId = number

const variable = withoutShort('variable', object({ id, type: text, key: text, value }))
const metric = withoutShort(
  'metric',
  object({
    id,
    type: text,
    identifier: text,
    mca: optional(id),
    hasProps: optional(flag),
    revenueProp: optional(text),
  }),
)
const variation = withoutShort(
  'variation',
  object({
    id: ownId,
    name: text,
    weight,
    segments: optional(segmentOrNone),
    variables: optional(list(variable)),
    startRangeVariation: optional(number),
    endRangeVariation: optional(number),
    salt: optional(text),
  }),
)
const campaign = object({
  id: ownId,
  type: text,
  key: text,
  name: text,
  status: text,
  percentTraffic: optional(number),
  // What is wrong in there is caught: the rule takes nobody.
  segments: record,
  variations: (given) =>
    isEmptyArray(given) || isEmptyObject(given) ? fault('at least one', given) : list(variation)(given),
  isForcedVariationEnabled: optional(flag),
  isAlwaysCheckSegment: optional(flag),
  salt: optional(text),
})
const rule = object({ type: text, ruleKey: text, campaignId, variationId: optional(number) })
const feature = withoutShort(
  'feature',
  object({
    id,
    key: name,
    name: text,
    type: text,
    status: text,
    metrics: list(metric),
    rules: optional(list(rule)),
    impactCampaign: optional(record),
    variables: optional(list(variable)),
  }),
)
const group = object({
  campaigns: list(text),
  et: optional(number),
  p: optional(list(text)),
  wt: optional(map(weight)),
})
const holdout = withoutShort(
  'holdout',
  object({
    id,
    name: text,
    segments: segmentOrNone,
    percentTraffic: number,
    featureIds: list(number),
    isGlobal: flag,
    metrics: list(metric),
  }),
)
const root = withoutShort(
  'root',
  object({
    version: id,
    accountId: id,
    sdkKey: optional(text),
    collectionPrefix: optional(text),
    usageStatsAccountId: optional(number),
    pollInterval: optional(number),
    sdkMetaInfo: optional(record),
    features: list(anything),
    campaigns: list(anything),
    campaignGroups: optional(map(number)),
    groups: optional(map(group)),
    holdouts: optional(list(holdout)),
  }),
)

/** The first thing that is wrong with a settings-file; what belongs to no feature and no campaign comes first. */
export function findSettingsFault(file: unknown): SettingsFault | undefined {
  const found = findRootFault(file)
  if (found !== undefined) return found
  const { features, campaigns } = file as SettingsFile
  for (const [index, each] of asList(features).entries()) {
    const inside = findFeatureFault(each)
    if (inside !== undefined) return { ...inside, path: ['features', index, ...inside.path] }
  }
  for (const [index, each] of asList(campaigns).entries()) {
    const inside = findCampaignFault(each)
    if (inside !== undefined) return { ...inside, path: ['campaigns', index, ...inside.path] }
  }
  const rollout = findGroupedRollout(file as SettingsFile)
  if (rollout === undefined) return undefined
  return { path: ['campaignGroups', rollout], expected: 'no rollout', got: 'rollout' }
}

/** The first thing that is wrong with a settings-file apart from its features and campaigns. */
export function findRootFault(file: unknown): SettingsFault | undefined {
  return root(file)
}

/** The first thing that is wrong with one feature; the path begins there. */
export function findFeatureFault(given: unknown): SettingsFault | undefined {
  return feature(given)
}

/** The first thing that is wrong with one campaign; the path begins there. */
export function findCampaignFault(given: unknown): SettingsFault | undefined {
  return campaign(given)
}
