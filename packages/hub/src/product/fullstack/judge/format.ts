import { isRecord, normaliseSettings, type SettingsFile } from '@vwo-hub/protocol/fullstack'
import { runningKeys } from '../../judge/ending.ts'
import type { Format } from '../../judge/format.ts'
import { summariseChange } from '../summary/summary.ts'
import { findDanger } from './danger.ts'
import { partsOf } from './parts.ts'
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
  units: ({ campaigns }) => campaigns,
  partsOf,
  // Any other status decides nothing; see vwo-node-sdk 1.73.0 `lib/api/activate.js`.
  running: ({ campaigns }) => runningKeys(campaigns, ({ status }) => status === 'RUNNING'),
  without: withoutCampaign,
  summarise: summariseChange,
}

/** Without a list of them an SDK takes it that there are none, and everything ends. */
function hasCampaigns(value: unknown): boolean {
  return isRecord(value) && Array.isArray(value['campaigns'])
}
