import type { SettingsFile } from '@vwo-hub/protocol/fme'
import type { Declared } from '../../types/declare.ts'
import { campaignsById, campaignsOf, type Campaign } from '../judge/parts.ts'

/** Features, each with its variables and their types, and the events that are metrics. Of two with one key the first counts. */
export function keysOf(file: SettingsFile): ReadonlyMap<string, Declared> {
  const campaigns = campaignsById(file)
  const features = new Map<string, Declared>()
  const events = new Set<string>()
  for (const feature of file.features) {
    for (const { identifier } of feature.metrics) events.add(identifier)
    if (features.has(feature.key)) continue
    features.set(feature.key, new Map([['variables', variablesOf(campaignsOf(feature, campaigns))]]))
  }
  return new Map<string, Declared>([
    ['features', features],
    ['events', events],
  ])
}

/** The SDK hands out values as they stand in the file, whatever type is written beside them. */
function variablesOf(campaigns: readonly Campaign[]): ReadonlyMap<string, string> {
  const types = new Map<string, Set<string>>()
  for (const { variations } of campaigns) {
    for (const { key, value } of variations.flatMap(({ variables }) => variables ?? [])) {
      const known = types.get(key)
      if (known === undefined) types.set(key, new Set([typeof value]))
      else known.add(typeof value)
    }
  }
  return new Map([...types].map(([key, names]) => [key, [...names].toSorted().join(' | ')]))
}
