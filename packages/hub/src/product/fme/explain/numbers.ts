/**
 * A user's numbers, by which rules and variations are chosen. The SDK's log does not name all of them.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/packages/decision-maker`, `lib/services/CampaignDecisionService.ts`, `lib/utils/CampaignUtil.ts`
 * @module
 */
import murmurhash from 'murmurhash'
import type { Range } from '../../explain/ranges.ts'
import type { Campaign } from '../judge/parts.ts'
import { isTest, ownVariation, type Rule, trafficOf, variationsOf } from '../rules.ts'

/** As the SDK has it. */
const SEED = 1
/** Variations, and rules of a group, share so many numbers. */
const NUMBERS = 10_000

/** From 1 to as many as there are. */
function numberOf(text: string, count: number): number {
  return Math.floor((count * murmurhash.v3(text, SEED)) / 2 ** 32 + 1)
}

/** From 1 to 100: whether a rule takes the user. */
export function trafficNumber(rule: Rule, campaign: Campaign, userId: string): number {
  return numberOf(`${saltOf(rule, campaign)}_${userId}`, 100)
}

/** Whether a rule takes a user whom it accepts. */
export function isInTraffic(rule: Rule, campaign: Campaign, userId: string): boolean {
  return trafficNumber(rule, campaign, userId) <= Number(trafficOf({ rule, campaign }))
}

/** From 1 to 10000: which variation of a test the user gets. */
export function variationNumber(
  campaign: Campaign,
  { accountId, userId }: { readonly accountId: number | string; readonly userId: string },
): number {
  return numberOf(`${campaign.salt || campaign.id}_${accountId}_${userId}`, NUMBERS)
}

/** The same for a choice among the rules of a group. */
export function groupNumber(groupId: string, userId: string): number {
  return numberOf(`${groupId}_${userId}`, NUMBERS)
}

/** Which numbers give which variation of a test; where a rule names one, all others give nothing. */
export function variationRanges(rule: Rule, campaign: Campaign): Range<Campaign['variations'][number]>[] {
  const choices = variationsOf(rule, campaign)
  return rangesOf(campaign.variations, ({ weight }) => Number(weight)).filter(({ of }) =>
    choices.includes(of),
  )
}

function saltOf(rule: Rule, campaign: Campaign): number | string {
  return (isTest(campaign) ? campaign.salt : ownVariation(rule, campaign)?.salt) || campaign.id
}

/** One after the other, by weights in percent. */
export function rangesOf<T>(choices: readonly T[], weightOf: (choice: T) => number): Range<T>[] {
  let end = 0
  return choices.map((of) => {
    const weight = weightOf(of)
    const size = weight ? Math.min(Math.ceil(weight * 100), NUMBERS) : 0
    if (size === 0) return { of, from: -1, to: -1 }
    end += size
    return { of, from: end - size + 1, to: end }
  })
}
