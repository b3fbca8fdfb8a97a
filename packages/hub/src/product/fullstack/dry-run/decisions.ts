import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import type { DecisionOptions, VwoInstance } from './sdk.ts'
import { sampleOf } from '../../segments/sample-users.ts'
import type { Trial } from './trial.ts'

export type Campaign = SettingsFile['campaigns'][number]

/** How many decisions are made for one campaign at most, and how many steps through its lists they may take together. */
const MOST_DECISIONS = 2000
const MOST_STEPS = 5_000_000

/**
 * Makes every kind of decision for a campaign: for each variation, as for a user who has it already, and by bucketing,
 * for users made from the segments and for a few others.
 *
 * @param users - How many of each of those two.
 */
export function decideForEach(trial: Trial, campaign: Campaign, users: number): void {
  decideByStorage(trial, campaign)
  decideByBucket(trial.vwo, campaign, users)
}

/** Every call, for a user who has each of the variations in turn. */
function decideByStorage({ vwo, stored }: Trial, campaign: Campaign): void {
  const { key, type } = campaign
  const [goals, variations, variables] = [
    listOf(campaign.goals),
    listOf(campaign.variations),
    listOf(campaign.variables),
  ]
  const user = 'dry-run'
  const steps = goals.length + variations.length + variables.length
  let left = Math.max(10, Math.min(MOST_DECISIONS, Math.floor(MOST_STEPS / Math.max(1, steps))))
  const isLeft = (): boolean => (left -= 1) >= 0
  for (const variation of variations) {
    if (!isLeft()) break
    stored.variationName = variation?.name
    decide(vwo, campaign, user, {})
    if (type !== 'FEATURE_ROLLOUT') vwo.getVariationName(key, user)
    if (type !== 'FEATURE_TEST') continue
    // A variation without variables may still lead to those of another one.
    const variableKeys = new Set([
      'dry-run',
      ...listOf(variation?.variables).map((variable) => variable?.key),
    ])
    for (const variableKey of variableKeys) {
      if (isLeft()) vwo.getFeatureVariableValue(key, variableKey as string, user)
    }
  }
  if (type === 'FEATURE_ROLLOUT') {
    for (const variable of variables)
      if (isLeft()) vwo.getFeatureVariableValue(key, variable?.key as string, user)
  } else {
    for (const goal of goals) {
      if (!isLeft()) break
      const eventProperties = { [goal?.revenueProp ?? 'value']: 1 }
      vwo.track(key, user, goal?.identifier as string, { revenueValue: 1, eventProperties })
    }
  }
  stored.variationName = undefined
}

/** The decision that segments, whitelisting, groups and traffic are part of. */
export function decideByBucket(vwo: VwoInstance, campaign: Campaign, users: number): void {
  for (const { userId, options } of usersFor(campaign, users)) decide(vwo, campaign, userId, options)
}

/** Whether anybody gets a variation, or the feature of a rollout. */
export function isAnybodyIn(vwo: VwoInstance, campaign: Campaign, users: number): boolean {
  const { key, type } = campaign
  return usersFor(campaign, users).some(({ userId, options }) =>
    type === 'FEATURE_ROLLOUT'
      ? isOn(vwo.isFeatureEnabled(key, userId, options))
      : typeof vwo.getVariationName(key, userId, options) === 'string',
  )
}

/** Users made from the segments, and a few others. */
function usersFor(
  { segments, variations }: Campaign,
  users: number,
): { userId: string; options: DecisionOptions }[] {
  const { variables, userIds } = sampleOf([segments])
  const targeting = sampleOf(listOf(variations).map((variation) => variation?.segments))
  const options = { customVariables: variables, variationTargetingVariables: targeting.variables }
  const listed = [...userIds, ...targeting.userIds].slice(0, users)
  return [
    ...listed.map((userId) => ({ userId: userId || 'dry-run', options })),
    ...Array.from({ length: users }, (_, user) => ({
      userId: `dry-run-${user}`,
      options: user % 2 === 0 ? options : {},
    })),
  ]
}

function decide(
  vwo: VwoInstance,
  { key, type }: Campaign,
  userId: string,
  options: Parameters<VwoInstance['activate']>[2],
): unknown {
  return type === 'VISUAL_AB'
    ? vwo.activate(key, userId, options)
    : vwo.isFeatureEnabled(key, userId, options)
}

/** In development mode the SDK wraps what it answers. */
export function isOn(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null) return answer === true
  return 'isFeatureEnabled' in answer && answer.isFeatureEnabled === true
}

/** A list, whatever the file has in its place; anything may be in it. */
function listOf<T>(value: readonly T[] | undefined): readonly (T | null | undefined)[] {
  return Array.isArray(value) ? (value as readonly T[]) : []
}
