import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { createDigests, keyOf } from '../../judge/part-key.ts'

/** How a settings-file falls into parts that are decided by without each other. */
export interface Parts {
  /** Everything that belongs to no campaign and no group, as a key. */
  readonly context: string
  /** The key of each campaign, with the context. Behind another one of its name a campaign is never decided for. */
  readonly campaigns: readonly string[]
  /** By place: whether it is the first one of its name. */
  readonly isFirst: readonly boolean[]
  /** Those that have members. */
  readonly groups: readonly GroupPart[]
}

/** Campaigns that exclude each other are decided for together. */
export interface GroupPart {
  readonly id: string
  readonly key: string
  /** Places of campaigns, in order. */
  readonly members: readonly number[]
  /** How many campaigns the group lists. */
  readonly listed: number
  readonly isThere: boolean
}

/**
 * Fields of the root that decisions do not depend on, or that are parts of their own. Everything else is context, also
 * what nobody has heard of.
 */
const apart: ReadonlySet<string> = new Set([
  // Rises with each change.
  'version',
  'campaigns',
  'campaignGroups',
  'groups',
])

/** @param file - With whatever in it: only the root and its lists are known to be what they have to be. */
export function partsOf(file: SettingsFile): Parts {
  const context = keyOf(
    Object.keys(file)
      .filter((name) => !apart.has(name))
      .map((name) => `${JSON.stringify(name)}:${JSON.stringify(file[name]) ?? ''}`),
  )
  const { campaigns } = file
  const digests = campaigns.map(digestOf)
  const isFirst = firstsOf(campaigns)
  return {
    context,
    campaigns: digests.map(
      (digest, place) => `${context}${isFirst[place] === true ? 'campaign' : 'behind'}${digest}`,
    ),
    isFirst,
    groups: groupsOf(file).map(({ id, group, members, ids }) => ({
      id,
      key: keyOf([
        context,
        'group',
        JSON.stringify([id, group !== undefined, group, ids]),
        ...members.map((place) => digests[place] ?? ''),
      ]),
      members,
      listed: listOf(group).length,
      isThere: group !== undefined,
    })),
  }
}

const digestOf = createDigests()

function firstsOf(campaigns: readonly unknown[]): boolean[] {
  const names = new Set<unknown>()
  return campaigns.map((campaign) => {
    const name = isRecord(campaign) ? campaign['key'] : undefined
    if (names.has(name)) return false
    names.add(name)
    return true
  })
}

interface Membership {
  readonly id: string
  readonly group: unknown
  readonly members: readonly number[]
  /** Of the members that say themselves that they are in it. */
  readonly ids: readonly string[]
}

/** A campaign belongs to a group by its own word, and is weighed by the group's. */
function groupsOf(file: SettingsFile): Membership[] {
  const { campaigns } = file
  const [campaignGroups, groups] = [mapIn(file.campaignGroups), mapIn(file.groups)]
  const places = new Map<number, number>()
  const own = new Map<string, { readonly members: Set<number>; readonly ids: string[] }>()
  const ofGroup = (id: string): { readonly members: Set<number>; readonly ids: string[] } => {
    const found = own.get(id) ?? { members: new Set<number>(), ids: [] }
    own.set(id, found)
    return found
  }
  for (const [place, campaign] of (campaigns as readonly unknown[]).entries()) {
    const id = isRecord(campaign) ? String(campaign['id']) : ''
    const integer = Number.parseInt(id, 10)
    if (!places.has(integer)) places.set(integer, place)
    if (!Object.hasOwn(campaignGroups, id)) continue
    const group = ofGroup(String(campaignGroups[id]))
    group.members.add(place)
    group.ids.push(id)
  }
  return [...own].map(([id, { members, ids }]) => {
    const group = Object.hasOwn(groups, id) ? groups[id] : undefined
    for (const listed of listOf(group)) {
      const place = places.get(Number.parseInt(String(listed), 10))
      if (place !== undefined) members.add(place)
    }
    return { id, group, members: [...members].toSorted((a, b) => a - b), ids }
  })
}

/** What stands for each id, where anything can; an SDK looks into lists, too. */
export function mapIn(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

/** What a group lists, whatever that is. */
function listOf(group: unknown): readonly unknown[] {
  const listed = isRecord(group) ? group['campaigns'] : undefined
  return Array.isArray(listed) ? (listed as readonly unknown[]) : []
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
