import { campaignKeys, goalIdentifiers, userIds, variableKeys } from './settings-arbitrary.ts'

/** The calls that clients and the SDK's own instances have in common. */
export interface Decider {
  activate(...args: unknown[]): unknown
  getVariationName(...args: unknown[]): unknown
  getVariation(...args: unknown[]): unknown
  track(...args: unknown[]): unknown
  isFeatureEnabled(...args: unknown[]): unknown
  getFeatureVariableValue(...args: unknown[]): unknown
  push(...args: unknown[]): unknown
}

const visitors: readonly (object | undefined)[] = [
  undefined,
  { customVariables: { plan: 'gold', visits: 5 } },
  { customVariables: { plan: 'GOLD', visits: 1 }, variationTargetingVariables: { plan: 'gold' } },
  { variationTargetingVariables: { plan: 'mould', visits: '4' } },
  { userStorageData: { userId: 'eve', campaignKey: 'checkout', variationName: 'Variation-1' } },
]

/** What every call answers, for many users with their circumstances: the whole behaviour of settings. */
export function answersOf(client: Decider): Record<string, unknown> {
  const answers: Record<string, unknown> = {}
  userIds.forEach((userId, n) => {
    const options = visitors[n % visitors.length]
    for (const key of [...campaignKeys, 'unknown']) {
      answers[`activate ${key} ${userId}`] = client.activate(key, userId, options)
      answers[`getVariationName ${key} ${userId}`] = client.getVariationName(key, userId, options)
      answers[`isFeatureEnabled ${key} ${userId}`] = client.isFeatureEnabled(key, userId, options)
      for (const name of variableKeys) {
        answers[`variable ${key}.${name} ${userId}`] = client.getFeatureVariableValue(
          key,
          name,
          userId,
          options,
        )
      }
    }
    for (const goal of goalIdentifiers) {
      const sold = { ...options, revenueValue: 5, eventProperties: { price: 5 } }
      answers[`track ${goal} ${userId}`] = client.track(null, userId, goal, sold)
      answers[`track customs ${goal} ${userId}`] = client.track(undefined, userId, goal, {
        ...options,
        goalTypeToTrack: 'CUSTOM_GOAL',
      })
      answers[`track some ${goal} ${userId}`] = client.track(
        ['checkout', 'menu', 'unknown'],
        userId,
        goal,
        sold,
      )
      answers[`track one ${goal} ${userId}`] = client.track('search', userId, goal, options)
    }
    answers[`getVariation ${userId}`] = client.getVariation('checkout', userId, options)
    answers[`push ${userId}`] = client.push('plan', 'gold', userId)
    answers[`push map ${userId}`] = client.push({ plan: 'gold', visits: '5' }, userId)
  })
  return answers
}
