import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import type { Declared } from '../../types/declare.ts'

/** Campaigns, each with its goals and the variables of its feature. Of two with one key the first counts. */
export function keysOf(file: SettingsFile): ReadonlyMap<string, Declared> {
  const campaigns = new Map<string, Declared>()
  for (const { key, goals, variables, variations } of file.campaigns) {
    if (campaigns.has(key)) continue
    const ofVariations = variations.flatMap((variation) => variation.variables ?? [])
    campaigns.set(
      key,
      new Map([
        ['goals', new Set(goals.map(({ identifier }) => identifier))],
        ['variables', new Set([...(variables ?? []), ...ofVariations].map((variable) => variable.key))],
      ]),
    )
  }
  return new Map([['campaigns', campaigns]])
}
