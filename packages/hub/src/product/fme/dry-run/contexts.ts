import { sampleOf } from '../../segments/sample-users.ts'
import type { User, UserContext } from '../../users.ts'
import type { Campaign } from '../judge/parts.ts'
import type { FmeContext } from './sdk.ts'

/** Every segment of a campaign: who takes part, and who is forced into a variation. */
export function segmentsOf({ segments, variations }: Campaign): unknown[] {
  return [segments, ...variations.map((variation) => variation.segments)]
}

/** Somebody whom segments most likely accept, as far as that can be made. */
export function fittingContext(id: string, segments: readonly unknown[]): FmeContext {
  const { variables, texts } = sampleOf(segments)
  return contextOf({
    id,
    customVariables: variables,
    variationTargetingVariables: variables,
    context: whereabouts(texts),
  })
}

/** @param texts - What segments ask for, by operator. Where they ask for what an address or agent tells, there is one. */
export function whereabouts(texts: Readonly<Record<string, string>>): UserContext {
  const { ua = 'Mozilla/5.0', ip_address: ipAddress = '10.0.0.1', country, region, city } = texts
  const { os, browser_string, device_type, device } = texts
  return {
    ipAddress,
    userAgent: ua,
    _vwo: {
      location: { ...(country && { country }), ...(region && { region }), ...(city && { city }) },
      userAgent: { os, browser_string, device_type, device },
    },
  }
}

/** A user as an app passes one: an object of its own for each call, with nothing in it that another one has. */
export function contextOf({ id, customVariables, variationTargetingVariables, context }: User): FmeContext {
  return {
    id,
    ...(customVariables && { customVariables: { ...customVariables } }),
    ...(variationTargetingVariables && { variationTargetingVariables: { ...variationTargetingVariables } }),
    ...structuredClone(context),
  }
}
