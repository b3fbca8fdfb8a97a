import { nameOf, valueOf } from '../../../text/words.ts'
import { fieldChanges, transition } from '../../summary/field-change.ts'
import { variablesChanges } from '../../summary/inner-changes.ts'
import { segmentChange } from '../../summary/segment-change.ts'
import { variationsChanges } from '../../summary/variation-change.ts'
import type { Campaign } from '../judge/parts.ts'
import { isTest, kindOfRule, type LinkedRule, ownVariation, type Rule, trafficOf } from '../rules.ts'

const ruleFields = new Set(['ruleKey', 'campaignId'])
/** What differs between one variation of a rollout or personalisation and another is told. */
const ruleFieldsOfShares = new Set([...ruleFields, 'variationId'])
const campaignFields = new Set(['percentTraffic', 'segments', 'variations'])
/** Of a rollout or personalisation the weight is the traffic, and the segment who takes part. */
const ownVariationFields = new Set(['weight', 'segments', 'variables'])

/** `checkoutRule1 (rollout, traffic 50 %)`. */
export function ruleInWords({ rule, campaign }: LinkedRule): string {
  if (campaign === undefined) return `${nameOf(rule.ruleKey)} (${kindOfRule(rule)}, paused)`
  return `${nameOf(rule.ruleKey)} (${kindOfRule(rule)}, traffic ${valueOf(trafficOf({ rule, campaign }))} %)`
}

/** What changed within one rule. */
export function ruleChanges(before: LinkedRule, after: LinkedRule): string[] {
  const [from, to] = [before.campaign, after.campaign]
  const isOfShares = from !== undefined && to !== undefined && !isTest(to)
  const texts = fieldChanges(before.rule, after.rule, isOfShares ? ruleFieldsOfShares : ruleFields)
  if (from === undefined || to === undefined) {
    if (from !== to) texts.push(to === undefined ? 'no longer running' : 'now running')
    return texts
  }
  // Users of the one are bucketed otherwise than users of the other.
  if (from.id !== to.id) texts.push('another campaign')
  const traffic = [
    trafficOf({ rule: before.rule, campaign: from }),
    trafficOf({ rule: after.rule, campaign: to }),
  ]
  if (traffic[0] !== traffic[1])
    texts.push(transition('traffic', valueOf(traffic[0]), valueOf(traffic[1]), ' %'))
  texts.push(...(isTest(to) ? testChanges(from, to) : shareChanges(before.rule, from, after.rule, to)))
  texts.push(...fieldChanges(from, to, campaignFields))
  return texts
}

function testChanges(before: Campaign, after: Campaign): string[] {
  return [
    ...variationsChanges(before.variations, after.variations),
    ...segmentChange('segment', before.segments, after.segments),
  ]
}

/** Of a rollout or personalisation, which has one variation for each rule that points to it. */
function shareChanges(ruleBefore: Rule, before: Campaign, ruleAfter: Rule, after: Campaign): string[] {
  const [from, to] = [ownVariation(ruleBefore, before), ownVariation(ruleAfter, after)]
  if (from === undefined || to === undefined) return []
  return [
    ...segmentChange('segment', from.segments, to.segments),
    ...variablesChanges(from.variables, to.variables),
    ...fieldChanges(from, to, ownVariationFields),
  ]
}
