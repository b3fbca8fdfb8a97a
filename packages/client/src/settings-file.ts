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
const weight = z.union([z.number(), z.string().regex(/^\s*[-+]?(?:\d+\.?\d*|\.\d+)\s*$/)], {
  error: 'expected a number, or a string with one in it',
})

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
    // Only of campaigns that are there: a paused one is not listed, and its group is never asked for.
    const { campaigns, campaignGroups = {}, groups = {} } = file
    for (const member of campaigns) {
      const groupId = ownValue(campaignGroups, String(member.id))
      if (groupId === undefined) continue
      const found = ownValue(groups, String(groupId))
      if (found === undefined) {
        context.addIssue({
          code: 'custom',
          path: ['campaignGroups', String(member.id)],
          message: 'expected the id of a group in "groups"',
          input: groupId,
        })
      } else if (!found.campaigns.some((listed) => toInteger(listed) === toInteger(member.id))) {
        context.addIssue({
          code: 'custom',
          path: ['groups', String(groupId), 'campaigns'],
          message: 'expected the id of every campaign that "campaignGroups" puts into the group',
          input: found.campaigns,
        })
      }
    }
  })

export type SettingsFile = z.infer<typeof settingsFileSchema>

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
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
