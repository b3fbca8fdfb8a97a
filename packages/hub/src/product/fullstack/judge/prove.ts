import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import type { Proven } from '../../judge/proven.ts'
import type { Warning } from '../../product.ts'
import { partsOf } from './parts.ts'

/** What has been published was tried then. What something was told about is tried again: it is little. */
export function prove(file: SettingsFile, warnings: readonly Warning[], proven: Proven): void {
  const { context, campaigns, groups } = partsOf(file)
  const faults = warnings.filter(({ kind }) => kind === 'fault' || kind === 'undecided')
  const units = new Set(faults.map(({ unit }) => unit))
  // What belongs to no campaign may be about the root, or about any of the groups.
  if (!units.has(undefined)) {
    proven.add(context, {})
    for (const { key } of groups) proven.add(key, {})
  }
  for (const [place, key] of campaigns.entries()) {
    const campaign = file.campaigns[place] as { readonly key?: unknown } | null | undefined
    if (!units.has(String(campaign?.key))) proven.add(key, {})
  }
}
