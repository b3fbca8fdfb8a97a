import { findCampaignFault, findRootFault, type SettingsFault } from '@vwo-hub/protocol/fullstack'
import { explainFault, placeOf } from '../../../untrusted/issue.ts'
import type { Outcome } from '../../judge/proven.ts'

type Fault = NonNullable<Outcome['fault']>

/** What the schema has against one campaign; its place begins there. */
export function campaignFault(campaign: unknown): Fault | undefined {
  return faultOf(findCampaignFault(campaign))
}

/** What it has against everything but the campaigns. */
export function rootFault(file: unknown): Fault | undefined {
  return faultOf(findRootFault(file))
}

export function faultOf(found: SettingsFault | undefined): Fault | undefined {
  if (found === undefined) return undefined
  const { path } = found
  const place = path.length === 0 ? '' : placeOf(path)
  return { kind: 'fault', place, why: explainFault(found).replace(`${placeOf(path)}: `, '') }
}
