/**
 * The settings-file as the VWO SDK 1.73 uses it: its own schema, plus what that schema leaves unchecked and
 * then throws on (or silently misreads) when a decision is made.
 *
 * @see vwo-node-sdk 1.73.0 `lib/schemas/SettingsFileSchema.js`
 * @module
 */
import { z } from 'zod'

const id = z.union([z.number(), z.string()])
const record = z.record(z.string(), z.unknown())

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
  revenueProp: z.string().optional(),
  mca: id.optional(),
})

const variation = z.looseObject({
  id,
  name: z.string(),
  weight: z.union([z.number(), z.string()]),
  changes: z.unknown().optional(),
  segments: map(record).optional(),
  variables: list(variable).optional(),
  isFeatureEnabled: z.boolean().optional(),
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

const group = z.looseObject({
  campaigns: z.array(z.number()),
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
    const groups = isRecord(file.groups) ? file.groups : {}
    for (const [campaignId, groupId] of Object.entries(file.campaignGroups ?? {})) {
      if (!Object.hasOwn(groups, String(groupId))) {
        context.addIssue({
          code: 'custom',
          path: ['campaignGroups', campaignId],
          message: `expected the id of a group in "groups", got ${String(groupId)}, which is not there`,
        })
      }
    }
  })

export type SettingsFile = z.infer<typeof settingsFileSchema>

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
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
  for (const campaign of asList(file, 'campaigns')) {
    asList(campaign, 'goals')
    asList(campaign, 'variables')
    for (const variation of asList(campaign, 'variations')) asList(variation, 'variables')
  }
  return hasChanged
}
