import { normaliseSettings, type SettingsFile } from '@vwo-hub/protocol/fullstack'
import type { Format } from '../../judge/format.ts'
import { summariseChange } from '../summary/summary.ts'
import { findDanger } from './danger.ts'
import { prove } from './prove.ts'
import { rootFault } from './schema.ts'
import { tidy } from './tidy.ts'
import { withoutCampaign } from './without-campaign.ts'

export const format: Format<SettingsFile> = {
  product: 'fullstack',
  normalise: normaliseSettings,
  unusable(value) {
    const fault = rootFault(value)
    return fault === undefined || hasCampaigns(value)
      ? undefined
      : `${fault.place || 'the file'}: ${fault.why}`
  },
  danger: findDanger,
  tidy,
  unitsOf: ({ campaigns }) => campaigns.length,
  running: runningKeys,
  without: withoutCampaign,
  prove,
  summarise: summariseChange,
}

/** Without a list of them an SDK takes it that there are none, and everything ends. */
function hasCampaigns(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Array.isArray((value as { campaigns?: unknown }).campaigns)
}

/**
 * Of two campaigns with the same key the first counts.
 *
 * @see vwo-node-sdk 1.73.0 `lib/api/activate.js`: any other status decides nothing.
 */
function runningKeys({ campaigns }: SettingsFile): Set<string> {
  const keys = new Set<string>()
  const running = new Set<string>()
  for (const { key, status } of campaigns) {
    if (keys.has(key)) continue
    keys.add(key)
    if (status === 'RUNNING') running.add(key)
  }
  return running
}
