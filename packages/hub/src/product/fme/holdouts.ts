import type { SettingsFile } from '@vwo-hub/protocol/fme'
import type { Feature } from './judge/parts.ts'

export type Holdout = NonNullable<SettingsFile['holdouts']>[number]

/**
 * Which holdouts a feature has: those of all features, and those that name it. The hub's SDK knows none.
 *
 * @see vwo-fme-node-sdk 1.60.0 `lib/utils/HoldoutUtil.ts` `getApplicableHoldouts`
 */
export function createHoldoutsOf({ holdouts = [] }: Pick<SettingsFile, 'holdouts'>): {
  /** Of all features. */
  readonly common: readonly Holdout[]
  readonly own: (feature: Feature) => readonly Holdout[]
} {
  const named = new Map<unknown, Holdout[]>()
  for (const holdout of holdouts.filter(({ isGlobal }) => !isGlobal)) {
    for (const id of new Set(holdout.featureIds)) {
      const found = named.get(id)
      if (found === undefined) named.set(id, [holdout])
      else found.push(holdout)
    }
  }
  return { common: holdouts.filter(({ isGlobal }) => isGlobal), own: ({ id }) => named.get(id) ?? [] }
}
