/**
 * The settings-file as the VWO SDK 1.73 uses it: its own schema, plus what that schema leaves unchecked and
 * then throws on (or silently misreads) when a decision is made.
 *
 * @see vwo-node-sdk 1.73.0 `lib/schemas/SettingsFileSchema.js`
 * @module
 */
import {
  anything,
  asList,
  flag,
  id,
  isEmptyObject,
  isRecord,
  kind,
  list,
  map,
  nullish,
  number,
  object,
  optional,
  ownValue,
  record,
  type SettingsFault,
  text,
  weight,
} from './look.ts'

export { isRecord } from './look.ts'
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
  value?: unknown
}

interface Goal extends Loose {
  id: Id
  identifier: string
  type: string
  revenueProp?: string | null | undefined
  mca?: Id | null | undefined
}

interface Variation extends Loose {
  id: Id
  name: string
  /** A share in percent; PHP may send it as text. */
  weight: number | string
  changes?: unknown
  segments?: MapOf<unknown> | null | undefined
  variables?: Variable[] | undefined
  isFeatureEnabled?: boolean | number | null | undefined
}

interface Campaign extends Loose {
  id: Id
  type: string
  key: string
  status: string
  name?: string | undefined
  percentTraffic: number
  goals: Goal[]
  variations: Variation[]
  variables?: Variable[] | undefined
  segments: MapOf<unknown>
  isBucketingSeedEnabled?: boolean | undefined
  isForcedVariationEnabled?: boolean | undefined
  isUserListEnabled?: boolean | undefined
  isMAB?: boolean | undefined
}

/** Mutually exclusive campaigns: `et` is how the winner is found, `p` their priorities, `wt` their weights. */
interface Group extends Loose {
  campaigns: Id[]
  et?: Id | undefined
  p?: Id[] | undefined
  wt?: MapOf<number | string> | undefined
}

export interface SettingsFile extends Loose {
  version: Id
  accountId: Id
  sdkKey?: string | undefined
  collectionPrefix?: string | undefined
  isEventArchEnabled?: boolean | undefined
  campaigns: Campaign[]
  campaignGroups?: MapOf<number> | undefined
  groups?: MapOf<Group> | undefined
}

const enabled = kind(
  'true or false',
  (value) => value === null || ['boolean', 'number'].includes(typeof value),
)

const variable = object({ id, type: text, key: text })
const goal = object({ id, identifier: text, type: text, revenueProp: nullish(text), mca: nullish(id) })
const variation = object({
  id,
  name: text,
  weight,
  segments: nullish(record),
  variables: optional(list(variable)),
  isFeatureEnabled: optional(enabled),
})
const campaign = object({
  id,
  type: text,
  key: text,
  status: text,
  name: optional(text),
  percentTraffic: number,
  goals: list(goal),
  variations: list(variation),
  variables: optional(list(variable)),
  segments: record,
  isBucketingSeedEnabled: optional(flag),
  isForcedVariationEnabled: optional(flag),
  isUserListEnabled: optional(flag),
  isMAB: optional(flag),
})
const group = object({
  campaigns: list(id),
  et: optional(id),
  p: optional(list(id)),
  wt: optional(map(weight)),
})
const root = object({
  version: id,
  accountId: id,
  sdkKey: optional(text),
  collectionPrefix: optional(text),
  isEventArchEnabled: optional(flag),
  campaigns: list(anything),
  campaignGroups: optional(map(number)),
  groups: optional(map(group)),
})

/** The first thing that is wrong with a settings-file; what belongs to no campaign comes first. */
export function findSettingsFault(file: unknown): SettingsFault | undefined {
  const found = findRootFault(file)
  if (found !== undefined) return found
  const whole = file as SettingsFile
  for (const [index, each] of asList(whole.campaigns).entries()) {
    const inside = findCampaignFault(each)
    if (inside !== undefined) return { ...inside, path: ['campaigns', index, ...inside.path] }
  }
  return findLostMembers(whole)[0]
}

/** The first thing that is wrong with a settings-file apart from its campaigns. */
export function findRootFault(file: unknown): SettingsFault | undefined {
  return root(file)
}

/** The first thing that is wrong with one campaign; the path begins there. */
export function findCampaignFault(value: unknown): SettingsFault | undefined {
  return campaign(value) ?? findLostControl(value as Campaign)
}

/**
 * Campaigns whose group is not there, or does not list them: decisions throw, or go to another one. Only of campaigns
 * that are there; a paused one is not, and its group is never asked for.
 *
 * @param file - One in which nothing else is wrong with the root.
 */
export function findLostMembers(file: SettingsFile): (SettingsFault & { readonly campaign: number })[] {
  const { campaignGroups = {}, groups = {} } = file
  const members = new Map<string, ReadonlySet<number>>()
  return asList(file.campaigns).flatMap((each, index) => {
    if (!isRecord(each)) return []
    const campaignId = String(each.id)
    const groupId = ownValue(campaignGroups, campaignId)
    if (groupId === undefined) return []
    const name = String(groupId)
    const found = ownValue(groups, name)
    const listed = members.get(name) ?? new Set(asList(found?.campaigns).map(toInteger))
    members.set(name, listed)
    if (listed.has(toInteger(campaignId))) return []
    const expected =
      found === undefined ? 'the id of a group in "groups"' : 'the id of a group that lists the campaign'
    return [{ path: ['campaignGroups', campaignId], expected, got: groupId, campaign: index }]
  })
}

/** A variation whose feature is off has the variables of Control, which is the one with the number 1. */
function findLostControl({ type, variations }: Campaign): SettingsFault | undefined {
  if (type !== 'FEATURE_TEST') return undefined
  const all = asList(variations)
  const needsControl = all.some(
    ({ variables, isFeatureEnabled }) => variables !== undefined && !isFeatureEnabled,
  )
  const control = all.find((candidate) => candidate.id === 1)
  if (!needsControl || control?.variables !== undefined) return undefined
  const expected = 'a variation with the id 1 and variables, to which those fall back whose feature is off'
  return { path: ['variations'], expected, got: variations }
}

/** As the SDK compares the ids of campaigns. */
function toInteger(campaignId: Id): number {
  return Number.parseInt(String(campaignId), 10)
}

/**
 * Turns empty lists that came as `{}` into `[]`, in place: the one change that is made to what VWO sends.
 *
 * @returns Whether there were any.
 */
export function normaliseSettings(file: object): boolean {
  let hasChanged = false
  const normalise = (holder: unknown, field: string): unknown[] => {
    if (!isRecord(holder)) return []
    if (isEmptyObject(holder[field])) {
      holder[field] = []
      hasChanged = true
    }
    const value = holder[field]
    return Array.isArray(value) ? value : []
  }
  for (const eachCampaign of normalise(file, 'campaigns')) {
    normalise(eachCampaign, 'goals')
    normalise(eachCampaign, 'variables')
    for (const eachVariation of normalise(eachCampaign, 'variations')) normalise(eachVariation, 'variables')
  }
  if (isRecord(file) && isRecord(file['groups'])) {
    for (const eachGroup of Object.values(file['groups'])) normalise(eachGroup, 'campaigns')
  }
  return hasChanged
}
