import { isDeepStrictEqual } from 'node:util'
import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import type { CustomVariables } from '../../users.ts'
import { sampleOf } from '../dry-run/sample-users.ts'

type Campaign = SettingsFile['campaigns'][number]

/** A campaign that may decide otherwise than before. */
export interface Comparison {
  readonly key: string
  readonly kind: 'added' | 'changed' | 'removed'
  readonly before: Campaign | undefined
  readonly after: Campaign | undefined
  /** Variables that its segment most likely accepts; undefined where it has none. */
  readonly fitting: CustomVariables | undefined
}

/**
 * Finds the campaigns that have to be compared: those that are not the same to the letter together with all that a
 * decision depends on. Behind another one of the same key a campaign is never decided for.
 */
export function planComparisons(previous: SettingsFile, next: SettingsFile): Comparison[] {
  const [before, after] = [byKey(previous), byKey(next)]
  const basisBefore = createBasis(previous)
  const basisAfter = createBasis(next)
  const keys = new Set([...after.keys(), ...before.keys()])
  return [...keys].flatMap((key) => {
    const [from, to] = [before.get(key), after.get(key)]
    if (from !== undefined && to !== undefined && isDeepStrictEqual(basisBefore(from), basisAfter(to)))
      return []
    const kind = from === undefined ? 'added' : to === undefined ? 'removed' : 'changed'
    // A user of before: with whom it is shown who leaves.
    const segments = [from?.segments, to?.segments].filter((segment) => !isEmpty(segment))
    const fitting = segments.length === 0 ? undefined : sampleOf(segments).variables
    return [{ key, kind, before: from, after: to, fitting }]
  })
}

/**
 * What decisions for a campaign depend on: itself, how users are bucketed, and its group with the other members.
 *
 * @see vwo-node-sdk 1.73.0 `lib/core/BucketingService.js`, `lib/utils/DecisionUtil.js`
 */
function createBasis(file: SettingsFile): (campaign: Campaign) => unknown {
  const { accountId, campaigns, campaignGroups = {}, groups = {} } = file
  const byId = new Map<number, Campaign>()
  for (const campaign of campaigns) {
    const id = integerOf(campaign.id)
    if (!byId.has(id)) byId.set(id, campaign)
  }
  return (campaign) => {
    const groupId = own(campaignGroups, String(campaign.id))
    const group = groupId === undefined ? undefined : own(groups, String(groupId))
    const members = group?.campaigns.map((id) => byId.get(integerOf(id)))
    return [String(accountId), file['isNB'], file['isNBv2'], campaign, groupId, group, members]
  }
}

function byKey({ campaigns }: SettingsFile): Map<string, Campaign> {
  const found = new Map<string, Campaign>()
  for (const campaign of campaigns) if (!found.has(campaign.key)) found.set(campaign.key, campaign)
  return found
}

function own<T>(values: Readonly<Record<string, T>> | readonly unknown[], key: string): T | undefined {
  return Object.hasOwn(values, key) ? (values as Readonly<Record<string, T>>)[key] : undefined
}

const integerOf = (id: number | string): number => Number.parseInt(String(id), 10)

function isEmpty(segment: unknown): boolean {
  return typeof segment !== 'object' || segment === null || Object.keys(segment).length === 0
}
