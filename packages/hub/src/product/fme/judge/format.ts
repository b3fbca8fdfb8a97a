import {
  findCampaignFault,
  findFeatureFault,
  findRootFault,
  normaliseSettings,
  type SettingsFault,
  type SettingsFile,
} from '@vwo-hub/protocol/fme'
import { explainFault } from '../../../untrusted/issue.ts'
import { runningKeys } from '../../judge/ending.ts'
import type { Format } from '../../judge/format.ts'
import { runningRules } from '../rules.ts'
import { summariseChange } from '../summary/summary.ts'
import { findDanger } from './danger.ts'
import { campaignsById, partsOf } from './parts.ts'

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
  units: ({ features }) => features,
  partsOf,
  /**
   * A feature decides by its rules, and by those alone whose campaign is there and of a type that decides; its status says
   * nothing to the SDK.
   *
   * @see vwo-fme-node-sdk 1.35.0 `lib/utils/FunctionUtil.ts` `addLinkedCampaignsToSettings`
   */
  running(file) {
    const campaigns = campaignsById(file)
    return runningKeys(file.features, (feature) => runningRules(feature, campaigns).length > 0)
  },
  // Rules, campaigns and groups of a feature that is not there are asked by nobody.
  without: ({ features, ...rest }, key) => ({
    ...rest,
    features: (features as SettingsFile['features']).filter((feature) => feature.key !== key),
  }),
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
