import { asList, ownValue } from './look.ts'

/** As much of a settings-file as groups are said by. */
interface Grouping {
  readonly campaigns: readonly { readonly id: number | string; readonly type: string }[]
  readonly groups?: object | undefined
  readonly campaignGroups?: Readonly<Record<string, number>> | readonly [] | undefined
}

/**
 * A rollout that is said to be in a group. To find out whether it takes a user the SDK asks its group, whose features it asks
 * first whether their rollouts take the user, and so on: it never comes out of that, nor does its process do anything else.
 *
 * @returns Its id.
 * @see vwo-fme-node-sdk 1.35.0 `lib/utils/DecisionUtil.ts` `checkWhitelistingAndPreSeg`, `lib/utils/MegUtil.ts` `evaluateGroups`
 */
export function findGroupedRollout({
  campaigns,
  groups = {},
  campaignGroups = {},
}: Grouping): string | undefined {
  if (Object.keys(campaignGroups).length === 0) return undefined
  const found = asList(campaigns).find(({ id, type }) => {
    const group = ownValue(campaignGroups, String(id))
    return type === 'FLAG_ROLLOUT' && group !== undefined && Object.hasOwn(groups, String(group))
  })
  return found && String(found.id)
}
