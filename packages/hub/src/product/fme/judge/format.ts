import {
  findCampaignFault,
  findFeatureFault,
  findRootFault,
  normaliseSettings,
  type SettingsFault,
  type SettingsFile,
} from '@vwo-hub/protocol/fme'
import { explainFault } from '../../../untrusted/issue.ts'
import type { Format } from '../../judge/format.ts'
import { summariseChange } from '../summary/summary.ts'
import { findDanger } from './danger.ts'
import { campaignsById } from './parts.ts'
import { prove } from './prove.ts'

export const format: Format<SettingsFile> = {
  product: 'fme',
  normalise: normaliseSettings,
  unusable(value) {
    const fault = findRootFault(value) ?? findListFault(value as SettingsFile)
    return fault && explainFault(fault)
  },
  danger: findDanger,
  // What words are made of is as the schema has it: else a file is refused.
  tidy: (file) => file,
  unitsOf: ({ features }) => features.length,
  running: runningKeys,
  // Rules, campaigns and groups of a feature that is not there are asked by nobody.
  without: ({ features, ...rest }, key) => ({
    ...rest,
    features: (features as SettingsFile['features']).filter((feature) => feature.key !== key),
  }),
  prove,
  summarise: summariseChange,
}

/** Features and campaigns that were found to be as they have to be. Kept from one file to the next they are the same objects. */
const found = new WeakSet<object>()

function findListFault(file: SettingsFile): SettingsFault | undefined {
  for (const [name, look] of [
    ['features', findFeatureFault],
    ['campaigns', findCampaignFault],
  ] as const) {
    for (const [index, each] of (file[name] as readonly unknown[]).entries()) {
      if (typeof each === 'object' && each !== null && found.has(each)) continue
      const fault = look(each)
      if (fault !== undefined) return { ...fault, path: [name, index, ...fault.path] }
      found.add(each as object)
    }
  }
  return undefined
}

/**
 * A feature decides by its rules, and by those alone whose campaign is there; its status says nothing to the SDK. Of two with
 * the same key the first counts.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/utils/FunctionUtil.ts` `addLinkedCampaignsToSettings`
 */
function runningKeys(file: SettingsFile): Set<string> {
  const campaigns = campaignsById(file)
  const keys = new Set<string>()
  const running = new Set<string>()
  for (const { key, rules = [] } of file.features) {
    if (keys.has(key)) continue
    keys.add(key)
    if (rules.some(({ campaignId }) => campaigns.has(campaignId))) running.add(key)
  }
  return running
}
