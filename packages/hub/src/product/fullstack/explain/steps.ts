import { segmentInWords } from '../../summary/segment-change.ts'
import { nameOf } from '../../../text/words.ts'
import { chosenOf } from '../../explain/ranges.ts'
import { createPath, keysInWords, type DecisionPath } from '../../explain/decision-path.ts'
import type { Decided } from './decide-one.ts'
import { groupStep } from './group-step.ts'
import { choicesIn, isNote, notesIn, rangeDetails, type Trace } from './trace.ts'

type Kind = 'campaign' | 'whitelisting' | 'segment' | 'traffic' | 'group' | 'variation'

const types: Readonly<Record<string, string>> = {
  VISUAL_AB: 'an A/B test',
  FEATURE_TEST: 'a feature test',
  FEATURE_ROLLOUT: 'a feature rollout',
}

const bandit =
  'For a multi-armed bandit, activate and isFeatureEnabled decide only where launch has a userStorageService.'

/** After whitelisting the SDK asks the user storage, whether or not there is one. */
const STORAGE = 'USER_STORAGE_SERVICE_NOT_CONFIGURED'

/** Puts into words what the SDK noted, in the order of its decision. */
export function stepsOf(campaignKey: string, decided: Decided): DecisionPath<Kind> {
  const { trace, segment, whitelisting, campaigns } = decided
  const { add, end } = createPath<Kind>()
  const campaign = campaigns.find(({ key }) => key === campaignKey)
  const isRollout = campaign?.type === 'FEATURE_ROLLOUT'
  const outcomeOf = (name: string): string => (isRollout ? 'on' : name)

  if (campaign === undefined) {
    add(
      'campaign',
      false,
      `There is no campaign ${nameOf(campaignKey)}: it is paused, deleted or has another key.`,
      keysInWords(campaigns.map(({ key }) => key)),
    )
    return end()
  }
  const type = types[campaign.type] ?? `of type ${nameOf(campaign.type)}`
  if (campaign.status !== 'RUNNING') {
    add(
      'campaign',
      false,
      `The campaign is ${type} that is not running: its status is ${nameOf(campaign.status)}.`,
    )
    return end()
  }
  const isBandit = campaign.isMAB === true
  if (isBandit && isRollout) {
    add('campaign', false, `The campaign is ${type}, running, and a multi-armed bandit. ${bandit}`)
    return end()
  }
  add('campaign', true, `The campaign is ${type}, and running.`, isBandit ? [bandit] : [])

  const storage = trace.findIndex((item) => isNote(item) && item.line === STORAGE)
  const forced = trace.slice(0, storage === -1 ? trace.length : storage)
  const whitelisted = whitelistedName(forced, storage === -1)
  if (campaign.isForcedVariationEnabled !== true) {
    add('whitelisting', true, 'Whitelisting is off.')
  } else if (whitelisted === undefined) {
    add('whitelisting', true, 'Whitelisting is on, but not for this user.', whitelisting)
  } else {
    const name = isRollout ? 'the feature' : nameOf(whitelisted)
    const text = `Whitelisting gives this user ${name}, whatever comes below.`
    add('whitelisting', false, text, [...whitelisting, ...rangeDetails(choicesIn(forced).at(-1))])
    return end(outcomeOf(whitelisted))
  }

  if (storage === -1) {
    add('segment', false, 'The SDK fails before it has looked at the segment.')
    return end()
  }

  const rest = trace.slice(storage + 1)
  const first = notesIn(rest).find(({ line }) => line.startsWith('SEGMENTATION_'))
  if (first?.line === 'SEGMENTATION_SKIPPED') {
    add('segment', true, 'The campaign is for all users.')
  } else {
    const isIn = first?.['status'] === 'passed'
    const words = segmentInWords(campaign.segments, 'all users')
    const text = `The campaign is for ${words}: this user ${isIn ? 'is one of them' : 'is not'}.`
    if (!add('segment', isIn, text, segment)) return end()
  }

  const traffic = notesIn(rest).find(({ line }) => line === 'USER_HASH_BUCKET_VALUE')
  const isEligible = notesIn(rest).find(({ line }) => line === 'USER_CAMPAIGN_ELIGIBILITY')
  const isIn = isEligible?.['status'] === 'eligible'
  const number = String(traffic?.['bucketValue'])
  const share = `The campaign takes ${campaign.percentTraffic} % of them`
  const limit = isIn ? `not above ${campaign.percentTraffic}: in` : `above ${campaign.percentTraffic}: out`
  if (!add('traffic', isIn, `${share}: the user's number from 1 to 100 is ${number}, ${limit}.`)) return end()

  const group = groupStep(campaign, rest)
  if (group !== undefined && !add('group', group.isPassed, group.text, group.details)) return end()

  const bucketed = rest.findIndex((item) => isNote(item) && item.line === 'USER_CAMPAIGN_BUCKET_VALUES')
  const choice = choicesIn(rest.slice(bucketed))[0]
  const chosen = choice && chosenOf(choice.ranges, choice.bucketValue)
  if (bucketed === -1 || choice === undefined || chosen === undefined) {
    const text = `The user's number from 1 to 10000 is ${choice?.bucketValue ?? 'not known'}, and in no variation's range.`
    add('variation', false, text, rangeDetails(choice))
    return end()
  }
  const text = `The user's number from 1 to 10000 is ${choice.bucketValue}: ${nameOf(chosen)}.`
  add('variation', true, text, rangeDetails(choice))
  return end(outcomeOf(chosen))
}

/** @param isLast - Whether the SDK noted nothing after it: only then it was whitelisted. */
function whitelistedName(trace: Trace, isLast: boolean): string | undefined {
  const last = notesIn(trace).findLast(({ line }) => line === 'SEGMENTATION_STATUS')
  if (!isLast || last?.['status'] !== 'passed') return undefined
  return String(last['variation']).replace(/^for variation: /, '')
}
