import { TypeMismatchError, type EvaluationContext } from '@openfeature/server-sdk'
import type { Following } from '../following.ts'
import type { Feature } from '../product/fme/features.ts'
import type { FlagWith, FmeContext } from '../product/fme/fme-methods.ts'
import {
  asRecord,
  flagIn,
  OFF,
  targetingKeyOf,
  variablesOf,
  type Decided,
  type FlagSource,
  type Kind,
} from './flag-source.ts'

/** A flag, whatever variables it is typed by. */
type Decision = FlagWith<Readonly<Record<string, unknown>>>

/** A client of FME; one of `createFmeTestClient` fits. */
export interface DecidingFmeClient extends Pick<Following, 'on' | 'ready' | 'status' | 'close'> {
  /** As the client has it. */
  features(): readonly Feature[]
  /** As the client has it. */
  getFlag(featureKey: string, context: FmeContext): Promise<Decision>
  /** As the client has it. */
  trackEvent(
    eventName: string,
    context: FmeContext,
    eventProperties?: Readonly<Record<string, unknown>>,
  ): Promise<unknown>
}

/** Attributes of a context that are no custom variables. */
const OWN_ATTRIBUTES = new Set([
  'targetingKey',
  'userAgent',
  'ipAddress',
  'customVariables',
  'variationTargetingVariables',
])

const word = { unit: 'feature', missing: 'it is deleted, or has another key' }

/** Flags of VWO Feature Management & Experimentation: features and their variables. */
export function featureFlags(client: DecidingFmeClient): FlagSource {
  let byKey: ReadonlyMap<string, Feature> | undefined

  const features = (): ReadonlyMap<string, Feature> =>
    (byKey ??= new Map(client.features().map((feature) => [feature.key, feature])))

  function decided(kind: Kind, feature: string, flag: Decision): Decided {
    const variant = flag.isEnabled() ? (flag.getVariationKey() ?? 'on') : OFF
    if (kind === 'boolean') return { value: flag.isEnabled(), variant }
    if (kind !== 'object') {
      throw new TypeMismatchError(
        `"${feature}" is a feature: ask for a boolean, for an object of its variables, or for "${feature}.<variable>"`,
      )
    }
    const all = Object.fromEntries(flag.getVariables().map(({ key, value }) => [key, value]))
    return { value: flag.isEnabled() ? all : null, variant }
  }

  function readVariable(kind: Kind, key: string, variable: string, flag: Decision): Decided {
    const value = flag.isEnabled() ? flag.getVariable(variable) : undefined
    if (value === undefined || value === null) return { value: null, variant: OFF }
    if (typeof value !== kind) {
      throw new TypeMismatchError(`"${key}" is of the type ${typeof value}, not ${kind}`)
    }
    return { value, variant: flag.getVariationKey() ?? 'on' }
  }

  return {
    async decide(kind, key, context) {
      const { unit: feature, variable } = flagIn(features(), key, word)
      const flag = await client.getFlag(feature.key, contextOf(context))
      return variable === undefined
        ? decided(kind, feature.key, flag)
        : readVariable(kind, key, variable, flag)
    },
    track(event, context, details) {
      void client.trackEvent(event, contextOf(context), details)
    },
    forget() {
      byKey = undefined
    },
  }
}

/** @throws TargetingKeyMissingError */
function contextOf(context: EvaluationContext): FmeContext {
  const { userAgent, ipAddress, variationTargetingVariables } = context
  return {
    id: targetingKeyOf(context),
    customVariables: variablesOf(context, OWN_ATTRIBUTES),
    ...(variationTargetingVariables !== undefined && {
      variationTargetingVariables: { ...asRecord(variationTargetingVariables) },
    }),
    ...(typeof userAgent === 'string' && { userAgent }),
    ...(typeof ipAddress === 'string' && { ipAddress }),
  }
}
