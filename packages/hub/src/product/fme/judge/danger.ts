import { findGroupedRollout, type SettingsFile } from '@vwo-hub/protocol/fme'
import { findLongChoice, findStrayPrefix, MOST_CHOICES } from '../../judge/danger.ts'
import { placeNamed } from '../../judge/unit-finding.ts'
import { findLongSearch, findManyCopies } from './costs.ts'

/**
 * How often an SDK that polls may ask VWO, in milliseconds: below it asks without a break, and beyond the longest timer that
 * there is, too.
 */
const POLL_MS = { least: 1000, most: 2 ** 31 - 1 }

/**
 * What an SDK takes, and harms its app by: where the events of its users go, how often it asks VWO, decisions that take
 * without end or for long, and more than it has memory for.
 *
 * @returns Why it is refused, with the place.
 */
export function findDanger(file: SettingsFile): string | undefined {
  const { collectionPrefix, campaigns, pollInterval } = file
  const { least, most } = POLL_MS
  if (typeof pollInterval === 'number' && !(pollInterval >= least && pollInterval <= most))
    return `pollInterval: expected ${least} to ${most} (milliseconds), got ${pollInterval}`
  const rollout = findGroupedRollout(file)
  if (rollout !== undefined)
    return `${placeNamed('campaignGroups', rollout)}: expected a test or a personalisation, got a rollout, which the SDK decides without end when it is in a group`
  return (
    findStrayPrefix(collectionPrefix) ??
    findLongChoice(campaigns) ??
    findLongList(file) ??
    findManyCopies(file) ??
    findLongSearch(file)
  )
}

function findLongList({ features, groups = {} }: SettingsFile): string | undefined {
  for (const [index, { rules = [] }] of features.entries()) {
    if (rules.length > MOST_CHOICES)
      return `features[${index}].rules: expected at most ${MOST_CHOICES}, got ${rules.length}`
  }
  for (const [id, { campaigns: members }] of Object.entries(groups)) {
    if (members.length > MOST_CHOICES)
      return `${placeNamed('groups', id)}.campaigns: expected at most ${MOST_CHOICES}, got ${members.length}`
  }
  return undefined
}
