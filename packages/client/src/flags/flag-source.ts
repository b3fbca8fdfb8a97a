import {
  TargetingKeyMissingError,
  type EvaluationContext,
  type TrackingEventDetails,
} from '@openfeature/server-sdk'

/** What a flag can be asked for as. */
export type Kind = 'boolean' | 'string' | 'number' | 'object'

export interface Decided {
  /** `null`: the app's default is the answer. */
  readonly value: unknown
  readonly variant: string
}

/** The variant of a user who is not part. */
export const OFF = 'off'

/** The flags of one client, as its product has them. */
export interface FlagSource {
  /** @throws FlagNotFoundError, TypeMismatchError, TargetingKeyMissingError */
  decide(kind: Kind, key: string, context: EvaluationContext): Promise<Decided>
  /** @throws TargetingKeyMissingError */
  track(event: string, context: EvaluationContext, details: TrackingEventDetails): void
  /** The settings have changed. */
  forget(): void
}

/** @throws TargetingKeyMissingError */
export function targetingKeyOf({ targetingKey }: EvaluationContext): string {
  if (targetingKey) return targetingKey
  throw new TargetingKeyMissingError('expected a targetingKey: the id of the user')
}

/**
 * Variables of a context: those that are named so, and every other attribute.
 *
 * @param own - Names of attributes that are none.
 */
export function variablesOf(context: EvaluationContext, own: ReadonlySet<string>): Record<string, unknown> {
  const others = Object.entries(context)
    .filter(([name, value]) => !own.has(name) && value !== undefined)
    .map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value])
  return { ...Object.fromEntries(others), ...asRecord(context['customVariables']) }
}

export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
