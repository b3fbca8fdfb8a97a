import type { SettingsFile } from '@vwo-hub/protocol/fullstack'

/** One campaign of the settings in use: what can be asked for. */
export interface Campaign {
  /** The number that VWO gave it. */
  readonly id: number | string
  /** By this it is asked for. */
  readonly key: string
  /** The name that people gave it, where VWO sends it. */
  readonly name?: string
  /** `VISUAL_AB`, `FEATURE_TEST` or `FEATURE_ROLLOUT`. */
  readonly type: string
  /** `RUNNING`; VWO leaves out what is paused. */
  readonly status: string
  /** How many users of a hundred are part of it. */
  readonly percentTraffic: number
  /** Names of the variations. */
  readonly variations: readonly string[]
  /** Identifiers of the goals. */
  readonly goals: readonly string[]
  /** Keys of the variables of a feature. */
  readonly variables: readonly string[]
}

/** The campaigns of a settings-file, in its order. What is wrong with one of them holds up no other. */
export function campaignsOf({ campaigns }: SettingsFile): readonly Campaign[] {
  return listOf(campaigns).map((campaign) => {
    const { id, key, name, type, status, percentTraffic } = campaign
    return {
      ...{ id, key, type, status, percentTraffic },
      ...(name !== undefined && { name }),
      variations: listOf(campaign.variations).map((variation) => variation.name),
      goals: goalsOf(campaign),
      variables: variablesOf(campaign),
    }
  })
}

/** Identifiers of the goals of a campaign. */
export function goalsOf({ goals }: SettingsFile['campaigns'][number]): readonly string[] {
  return listOf(goals).map(({ identifier }) => identifier)
}

/** Keys of the variables of a feature, each once. */
export function variablesOf({ variables, variations }: SettingsFile['campaigns'][number]): readonly string[] {
  const ofVariations = listOf(variations).flatMap((variation) => listOf(variation.variables))
  return [...new Set([...listOf(variables), ...ofVariations].map(({ key }) => key))]
}

/** The objects of what should be a list of them: hubs publish a campaign with faults that the SDK survives. */
export function listOf<T extends object>(value: readonly T[] | undefined): readonly T[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : []
  return items.filter((item): item is T => typeof item === 'object' && item !== null)
}
