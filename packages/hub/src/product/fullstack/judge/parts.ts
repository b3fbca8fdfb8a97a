import { isRecord, type SettingsFile } from '@vwo-hub/protocol/fullstack'
import {
  contextOf,
  digestOf,
  firstsOf,
  type Grouped,
  type GroupPart as AnyGroupPart,
  type Parts as AnyParts,
  partsFrom,
} from '../../judge/parts.ts'

export type Parts = AnyParts<GroupPart>

export interface GroupPart extends AnyGroupPart {
  /** How many campaigns the group lists. */
  readonly listed: number
  readonly isThere: boolean
}

const apart: ReadonlySet<string> = new Set([
  // Rises with each change.
  'version',
  'campaigns',
  'campaignGroups',
  'groups',
])

/** @param file - With whatever in it: only the root and its lists are known to be what they have to be. */
export function partsOf(file: SettingsFile): Parts {
  const campaigns: readonly unknown[] = file.campaigns
  return partsFrom({
    context: contextOf(file, apart),
    digests: campaigns.map(digestOf),
    isFirst: firstsOf(campaigns.map((campaign) => (isRecord(campaign) ? campaign['key'] : undefined))),
    groups: groupsOf(file),
  })
}

/** A campaign belongs to a group by its own word, and is weighed by the group's. */
function groupsOf(file: SettingsFile): Grouped<GroupPart>[] {
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
    const isThere = group !== undefined
    return {
      group: {
        id,
        members: [...members].toSorted((a, b) => a - b),
        listed: listOf(group).length,
        isThere,
      },
      // By their ids members say themselves that they are in it.
      content: [id, isThere, group, ids],
    }
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
