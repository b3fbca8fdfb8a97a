import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { conditionInWords, conditionsIn } from '../../explain/conditions.ts'
import { chosenOf, rangesInWords } from '../../explain/ranges.ts'
import { createPath, keysInWords, type DecisionPath } from '../../explain/decision-path.ts'
import { isEmpty } from '../../preview/fit.ts'
import { segmentInWords } from '../../summary/segment-change.ts'
import { counted, nameOf } from '../../../text/words.ts'
import type { User } from '../../users.ts'
import { type Campaign, campaignsById } from '../judge/parts.ts'
import {
  isRollout,
  isTest,
  isWithoutSegment,
  kindOfRule,
  type Running,
  runningRules,
  segmentOf,
  trafficOf,
  variationsOf,
} from '../rules.ts'
import { type Accepts, aloneSegment, type Holder } from '../segments.ts'
import { createGroupSteps } from './group.ts'
import { holdoutStep } from './held-out.ts'
import { isInTraffic, trafficNumber, variationNumber, variationRanges } from './numbers.ts'

type Kind = 'feature' | 'holdout' | 'whitelisting' | 'segment' | 'group' | 'traffic' | 'variation'

/**
 * Goes the way of a decision rule by rule, as the SDK does. Whom segments accept the SDK says.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/api/GetFlag.ts`, `lib/utils/DecisionUtil.ts`
 */
export async function stepsOf(
  file: SettingsFile,
  key: string,
  user: User,
  accepts: Accepts,
): Promise<DecisionPath<Kind>> {
  const { accountId } = file
  const { add, end } = createPath<Kind>()
  const campaigns = campaignsById(file)
  const feature = file.features.find((each) => each.key === key)
  if (feature === undefined) {
    const text = `There is no feature ${nameOf(key)}: it is deleted or has another key.`
    add('feature', false, text, keysInWords([...new Set(file.features.map((each) => each.key))]))
    return end()
  }
  const rules = runningRules(feature, campaigns)
  if (rules.length === 0) {
    add('feature', false, `The feature has no rule that runs: it is off for everybody.`)
    return end()
  }
  add(
    'feature',
    true,
    `The feature has ${counted(rules.length, 'rule')} that ${rules.length === 1 ? 'runs' : 'run'}.`,
  )

  const held = holdoutStep(file, feature)
  if (held !== undefined) add('holdout', true, held.text, held.details)

  const holderOf = ({ isUserListEnabled }: Campaign): Holder => ({ accountId, isUserListEnabled })

  async function isFor({ rule, campaign }: Running, isLast: boolean): Promise<boolean> {
    const segment = segmentOf(rule, campaign)
    const name = `${nameOf(rule.ruleKey)} (${kindOfRule(rule)})`
    if (isEmpty(segment)) return add('segment', true, `${name} is for all users.`)
    const isIn = await accepts(segment as object, user, holderOf(campaign))
    const words = segmentInWords(segment, 'all users')
    const details = await conditions(segment, user, campaign)
    // Where the user is not, the next rule is asked.
    add(
      'segment',
      isIn || !isLast,
      `${name} is for ${words}: this user ${isIn ? 'is one of them' : 'is not'}.`,
      details,
    )
    return isIn
  }

  async function conditions(segment: unknown, asked: User, campaign: Campaign): Promise<string[]> {
    const found: string[] = []
    for (const leaf of conditionsIn(segment)) {
      const isMet = await accepts(aloneSegment(leaf), asked, holderOf(campaign))
      found.push(conditionInWords(leaf, asked.customVariables ?? {}, isMet))
    }
    return found
  }

  /** Whether a rule takes the user. */
  function takes({ rule, campaign }: Running): boolean {
    const share = Number(trafficOf({ rule, campaign }))
    const isIn = isInTraffic(rule, campaign, user.id)
    const limit = isIn ? `not above ${share}: in` : `above ${share}: out`
    const number = trafficNumber(rule, campaign, user.id)
    return add(
      'traffic',
      isIn,
      `${nameOf(rule.ruleKey)} takes ${share} % of them: the user's number from 1 to 100 is ${number}, ${limit}.`,
    )
  }

  /** Which variations of a test list the user; with several of them the SDK throws. */
  async function whitelisted({ rule, campaign }: Running): Promise<Campaign['variations']> {
    if (!isTest(campaign) || campaign.isForcedVariationEnabled !== true) return []
    const { variationTargetingVariables: own, customVariables: _, ...one } = user
    const asked = { ...one, ...(own && { customVariables: own }) }
    const found: Campaign['variations'] = []
    const details: string[] = []
    for (const variation of variationsOf(rule, campaign)) {
      if (isEmpty(variation.segments)) continue
      if (await accepts(variation.segments as object, asked, holderOf(campaign))) found.push(variation)
      const each = await conditions(variation.segments, asked, campaign)
      details.push(...each.map((condition) => `${nameOf(variation.name)}: ${condition}`))
    }
    const name = nameOf(rule.ruleKey)
    const says =
      found[0] === undefined
        ? ' is on, but not for this user'
        : found.length > 1
          ? ': this user is listed for several variations: the SDK fails'
          : ` gives this user ${nameOf(found[0].name)}, whatever comes below`
    add('whitelisting', found.length < 2, `Whitelisting of ${name}${says}.`, details)
    return found
  }

  const groupSteps = createGroupSteps({ file, feature, user, accepts })
  const isLost = (one: Running): boolean => {
    const step = groupSteps.lost(one)
    if (step !== undefined) add('group', step.isPassed, step.text, step.details)
    return step !== undefined
  }

  const isUnsaid = (one: Running): boolean => {
    if (!isWithoutSegment(one)) return false
    const name = `${nameOf(one.rule.ruleKey)} (${kindOfRule(one.rule)})`
    add('segment', false, `${name} has no segment, not even an empty one: the SDK fails.`)
    return true
  }

  const [rollouts, others] = [rules.filter(isRollout), rules.filter((one) => !isRollout(one))]
  let outcome: string | undefined
  if (rollouts.length > 0) {
    let taken: Running | undefined
    for (const rollout of rollouts) {
      if (isLost(rollout) || isUnsaid(rollout)) return end()
      if (!(await isFor(rollout, rollout === rollouts.at(-1)))) continue
      taken = rollout
      break
    }
    if (taken === undefined || !takes(taken)) return end()
    outcome = nameOf(taken.rule.ruleKey)
  }
  for (const one of others) {
    const { rule, campaign } = one
    const listing = await whitelisted(one)
    if (listing.length > 1) return end()
    if (listing[0] !== undefined) return end(`${nameOf(rule.ruleKey)} ${nameOf(listing[0].name)}`)
    if (isLost(one)) return end()
    const known = groupSteps.known(one)
    if (known === undefined && isUnsaid(one)) return end()
    const isIn = known === undefined ? await isFor(one, one === others.at(-1)) : known.isPassed
    if (known !== undefined) add('group', known.isPassed || one !== others.at(-1), known.text, known.details)
    if (!isIn) continue
    if (known === undefined) {
      const group = await groupSteps.choose(one)
      if (group !== undefined) {
        add('group', group.isPassed || (!group.isEnd && one !== others.at(-1)), group.text, group.details)
        if (group.isEnd) return end()
        if (!group.isPassed) continue
      }
    }
    // The first one that is for the user decides, also where it does not take the user.
    if (!takes(one)) return end(outcome)
    if (!isTest(campaign)) return end(nameOf(rule.ruleKey))
    const ranges = variationRanges(rule, campaign)
    const number = variationNumber(campaign, { accountId, userId: user.id })
    const chosen = chosenOf(ranges, number)
    const details = rangesInWords(ranges, ({ name }) => nameOf(name))
    const where = chosen === undefined ? `, and in no variation's range` : `: ${nameOf(chosen.name)}`
    add('variation', chosen !== undefined, `The user's number from 1 to 10000 is ${number}${where}.`, details)
    return end(chosen === undefined ? outcome : `${nameOf(rule.ruleKey)} ${nameOf(chosen.name)}`)
  }
  return end(outcome)
}
