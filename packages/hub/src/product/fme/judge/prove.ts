import type { SettingsFile } from '@vwo-hub/protocol/fme'
import type { Proven } from '../../judge/proven.ts'
import type { Warning } from '../../product.ts'
import { partsOf } from './parts.ts'

/** What has been published was tried then. What something was told about is tried again: it is little. */
export function prove(file: SettingsFile, warnings: readonly Warning[], proven: Proven): void {
  const { context, features, groups } = partsOf(file)
  const told = new Set(warnings.flatMap(({ kind, unit }) => (kind === 'undecided' ? [unit] : [])))
  if (!told.has(undefined)) {
    proven.add(context, {})
    for (const { key } of groups) proven.add(key, {})
  }
  for (const [place, key] of features.entries()) {
    if (!told.has(file.features[place]?.key)) proven.add(key, {})
  }
}
