import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { isEmpty } from '../../preview/fit.ts'
import { segmentInWords } from '../../summary/segment-change.ts'
import { nameOf } from '../../../text/words.ts'
import { createHoldoutsOf, type Holdout } from '../holdouts.ts'
import type { Feature } from '../judge/parts.ts'

/** @returns What newer SDKs ask before any rule, and the one that is explained does not; undefined where it is nothing. */
export function holdoutStep(
  file: SettingsFile,
  feature: Feature,
): { readonly text: string; readonly details: string[] } | undefined {
  const { common, own } = createHoldoutsOf(file)
  const holding = [...common, ...own(feature)].filter(({ percentTraffic }) => percentTraffic > 0)
  if (holding.length === 0) return undefined
  const text =
    'SDKs since 1.39 may hold this user out, and then the feature is off. That is not decided here: the SDK of the hub knows no holdouts.'
  return { text, details: holding.map(inWords) }
}

function inWords({ name, percentTraffic, segments }: Holdout): string {
  const who = isEmpty(segments) ? 'users' : `users with ${segmentInWords(segments, 'all users')}`
  return `${nameOf(name)}: ${percentTraffic} % of ${who}`
}
