import {
  FlagNotFoundError,
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

/** What flags are named by: a campaign or a feature. */
interface Unit {
  readonly key: string
  /** The keys of its variables. */
  readonly variables: readonly string[]
}

/**
 * What the key of a flag names: a unit, or as `unit.variable` one of its variables. Keys of units may have dots, too: the
 * longest one that fits counts.
 *
 * @param word - What a unit is called, and why one may not be there.
 * @throws FlagNotFoundError: unknown is not off.
 */
export function flagIn<U extends Unit>(
  units: ReadonlyMap<string, U>,
  key: string,
  word: { readonly unit: string; readonly missing: string },
): { readonly unit: U; readonly variable?: string } {
  if (typeof key !== 'string') {
    throw new FlagNotFoundError(`no ${word.unit} by what is no text: expected a key, got ${typeof key}`)
  }
  const whole = units.get(key)
  if (whole !== undefined) return { unit: whole }
  for (let end = key.lastIndexOf('.'); end > 0; end = key.lastIndexOf('.', end - 1)) {
    const unit = units.get(key.slice(0, end))
    if (unit === undefined) continue
    const variable = key.slice(end + 1)
    if (unit.variables.includes(variable)) return { unit, variable }
    throw new FlagNotFoundError(`${word.unit} "${unit.key}" has no variable "${variable}"`)
  }
  const [first = ''] = key.split('.')
  throw new FlagNotFoundError(`no ${word.unit} "${first}": ${word.missing}`)
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
