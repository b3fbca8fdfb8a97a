/**
 * The settings-file as the VWO SDK 1.73 uses it: its own schema, plus what that schema leaves unchecked and
 * then throws on (or silently misreads) when a decision is made.
 *
 * @see vwo-node-sdk 1.73.0 `lib/schemas/SettingsFileSchema.js`
 * @module
 */
import { z } from 'zod'

/** Messages of this module's own begin with "expected", as in "campaigns[0].id: expected a number or a string". */
const id = z.union([z.number(), z.string()], { error: 'expected a number or a string' })
const record = z.record(z.string(), z.unknown())

/** A share in percent; PHP may send it as text. */
const notWeight = { error: 'expected a number, or a string with one in it' }
const weight = z.union(
  [z.number(), z.string().regex(/^\s*[-+]?(?:\d+\.?\d*|\.\d+)\s*$/, notWeight)],
  notWeight,
)

/** A list that VWO's PHP side may send as `{}` when it is empty. Any other object stays an error. */
const list = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (isEmptyObject(value) ? [] : value), z.array(item))

/** A map that VWO's PHP side may send as `[]` when it is empty. */
const map = <T extends z.ZodType>(schema: T) =>
  z.union([schema, z.tuple([])]) as z.ZodUnion<readonly [T, z.ZodTuple<[]>]>

const variable = z.looseObject({
  id,
  type: z.string(),
  key: z.string(),
  value: z.unknown(),
})

const goal = z.looseObject({
  id,
  identifier: z.string(),
  type: z.string(),
  revenueProp: z.string().nullish(),
  mca: id.nullish(),
})

const variation = z.looseObject({
  id,
  name: z.string(),
  weight,
  changes: z.unknown().optional(),
  segments: map(record).nullish(),
  variables: list(variable).optional(),
  isFeatureEnabled: z.union([z.boolean(), z.number(), z.null()]).optional(),
})

const campaign = z.looseObject({
  id,
  type: z.string(),
  key: z.string(),
  status: z.string(),
  name: z.string().optional(),
  percentTraffic: z.number(),
  goals: list(goal),
  variations: list(variation),
  variables: list(variable).optional(),
  segments: map(record),
  isBucketingSeedEnabled: z.boolean().optional(),
  isForcedVariationEnabled: z.boolean().optional(),
  isUserListEnabled: z.boolean().optional(),
  isMAB: z.boolean().optional(),
})

/** Mutually exclusive campaigns: `et` is how the winner is found, `p` their priorities, `wt` their weights. */
const group = z.looseObject({
  campaigns: list(id),
  et: id.optional(),
  p: list(id).optional(),
  wt: map(z.record(z.string(), weight)).optional(),
})

export const settingsFileSchema = z
  .looseObject({
    version: id,
    accountId: id,
    sdkKey: z.string().optional(),
    collectionPrefix: z.string().optional(),
    isEventArchEnabled: z.boolean().optional(),
    campaigns: list(campaign),
    campaignGroups: map(z.record(z.string(), z.number())).optional(),
    groups: map(z.record(z.string(), group)).optional(),
  })
  .superRefine((file, context) => {
    for (const refuse of [findLostMember, findLostControl]) {
      for (const issue of refuse(file)) context.addIssue({ code: 'custom', ...issue })
    }
  })

export type SettingsFile = z.infer<typeof settingsFileSchema>

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface Fault {
  readonly path: (string | number)[]
  readonly message: string
  readonly input: unknown
}

/**
 * A campaign whose group is not there, or does not list it: decisions throw. Only of campaigns that are there; a
 * paused one is not, and its group is never asked for.
 */
function* findLostMember({ campaigns, campaignGroups = {}, groups = {} }: SettingsFile): Generator<Fault> {
  for (const { id: campaignId } of campaigns) {
    const groupId = ownValue(campaignGroups, String(campaignId))
    if (groupId === undefined) continue
    const found = ownValue(groups, String(groupId))
    if (found?.campaigns.some((listed) => toInteger(listed) === toInteger(campaignId)) === true) continue
    yield {
      path: ['campaignGroups', String(campaignId)],
      message:
        found === undefined
          ? 'expected the id of a group in "groups"'
          : 'expected the id of a group that lists the campaign',
      input: groupId,
    }
  }
}

/** A variation whose feature is off has the variables of Control, which is the one with the number 1. */
function* findLostControl({ campaigns }: SettingsFile): Generator<Fault> {
  for (const [index, { type, variations }] of campaigns.entries()) {
    const needsControl = variations.some(
      ({ variables, isFeatureEnabled }) => variables !== undefined && !isFeatureEnabled,
    )
    const control = variations.find((candidate) => candidate.id === 1)
    if (type !== 'FEATURE_TEST' || !needsControl || control?.variables !== undefined) continue
    yield {
      path: ['campaigns', index, 'variations'],
      message:
        'expected a variation with the id 1 and variables, to which those fall back whose feature is off',
      input: variations,
    }
  }
}

function ownValue<T>(values: Readonly<Record<string, T>> | readonly unknown[], key: string): T | undefined {
  return Object.hasOwn(values, key) ? (values as Readonly<Record<string, T>>)[key] : undefined
}

/** As the SDK compares the ids of campaigns. */
function toInteger(campaignId: number | string): number {
  return Number.parseInt(String(campaignId), 10)
}

function isEmptyObject(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 0
}

/**
 * Turns empty lists that came as `{}` into `[]`, in place: the one change that is made to what VWO sends.
 *
 * @returns Whether there were any.
 */
export function normaliseSettings(file: object): boolean {
  let hasChanged = false
  const asList = (holder: unknown, field: string): unknown[] => {
    if (!isRecord(holder)) return []
    if (isEmptyObject(holder[field])) {
      holder[field] = []
      hasChanged = true
    }
    const value = holder[field]
    return Array.isArray(value) ? value : []
  }
  for (const eachCampaign of asList(file, 'campaigns')) {
    asList(eachCampaign, 'goals')
    asList(eachCampaign, 'variables')
    for (const eachVariation of asList(eachCampaign, 'variations')) asList(eachVariation, 'variables')
  }
  if (isRecord(file) && isRecord(file['groups'])) {
    for (const eachGroup of Object.values(file['groups'])) asList(eachGroup, 'campaigns')
  }
  return hasChanged
}
