import type { Client } from '@vwo-hub/client'

/** The price to pay, with the discount of the feature. */
export function priceFor(vwo: Client, user: string, price: number): number {
  if (!vwo.isFeatureEnabled('discount', user)) return price
  const percent = Number(vwo.getFeatureVariableValue('discount', 'percent', user) ?? 0)
  return (price * (100 - percent)) / 100
}
