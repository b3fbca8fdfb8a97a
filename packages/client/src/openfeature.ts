/**
 * A provider for OpenFeature that decides with a client, as the flags of a server: campaigns and their variables.
 *
 * @module
 */
import {
  FlagNotFoundError,
  OpenFeatureEventEmitter,
  ProviderEvents,
  ProviderNotReadyError,
  StandardResolutionReasons,
  TargetingKeyMissingError,
  TypeMismatchError,
  type EvaluationContext,
  type JsonValue,
  type Provider,
  type ResolutionDetails,
} from '@openfeature/server-sdk'
import type { Following } from './following.ts'
import type { Campaign } from './product/fullstack/campaigns.ts'
import type { CallOptions, TrackOptions } from './product/fullstack/vwo-methods.ts'

/** A client, whatever its launch options make its methods answer with; one of `createTestClient` fits. */
export interface DecidingClient extends Pick<Following, 'on' | 'ready' | 'status' | 'close'> {
  campaigns(): readonly Campaign[]
  activate(campaignKey: string, userId: string, options?: CallOptions): unknown
  getVariationName(campaignKey: string, userId: string, options?: CallOptions): unknown
  isFeatureEnabled(campaignKey: string, userId: string, options?: CallOptions): unknown
  getFeatureVariableValue(
    campaignKey: string,
    variableKey: string,
    userId: string,
    options?: CallOptions,
  ): unknown
  track(campaigns: null, userId: string, goal: string, options?: TrackOptions): unknown
}

/** What a flag can be asked for as. */
type Kind = 'boolean' | 'string' | 'number' | 'object'

/** Attributes of a context that are no custom variables. */
const OWN_ATTRIBUTES = new Set([
  'targetingKey',
  'userAgent',
  'userIpAddress',
  'customVariables',
  'variationTargetingVariables',
])

/**
 * Makes a provider of a client: `await OpenFeature.setProviderAndWait(createProvider(vwo))`.
 *
 * The flag `campaign` is whether a feature is on, as a boolean, or the name of the variation, as a string, which makes the user
 * a visitor; `campaign.variable` is a variable of a feature. `targetingKey` is the id of the user; `userAgent`,
 * `userIpAddress`, `customVariables` and `variationTargetingVariables` are those of a call, and every other attribute is a
 * custom variable. Closing OpenFeature closes the client.
 */
export function createProvider(client: DecidingClient): Provider {
  const events = new OpenFeatureEventEmitter()
  let hasStarted = false
  let byKey: ReadonlyMap<string, Campaign> | undefined

  client.on('update', ({ summary }) => {
    byKey = undefined
    if (hasStarted) {
      events.emit(ProviderEvents.ConfigurationChanged, summary === undefined ? {} : { message: summary })
    }
  })
  client.on('ready', () => {
    if (hasStarted) events.emit(ProviderEvents.Ready)
  })
  client.on('stale', () => {
    if (hasStarted) events.emit(ProviderEvents.Stale)
  })

  /** @throws FlagNotFoundError: unknown is not off. */
  function flagOf(key: string): { readonly campaign: Campaign; readonly variable?: string } {
    byKey ??= new Map(
      client
        .campaigns()
        .toReversed()
        .map((campaign) => [campaign.key, campaign]),
    )
    const whole = byKey.get(key)
    if (whole !== undefined) return { campaign: whole }
    const [first = '', ...rest] = key.split('.')
    const campaign = byKey.get(first)
    if (campaign === undefined) {
      throw new FlagNotFoundError(`no campaign "${first}": it is paused, deleted, or has another key`)
    }
    const variable = rest.join('.')
    if (campaign.variables.includes(variable)) return { campaign, variable }
    throw new FlagNotFoundError(`campaign "${first}" has no variable "${variable}"`)
  }

  async function resolve<T>(
    kind: Kind,
    key: string,
    otherwise: T,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    if (client.status.state === 'starting') throw new ProviderNotReadyError('there are no settings yet')
    const { campaign, variable } = flagOf(key)
    const user = userOf(context)
    const { value, variant } = await (variable === undefined
      ? decide(kind, campaign, user)
      : readVariable(kind, campaign, variable, user))
    return {
      value: (value ?? otherwise) as T,
      ...(variant !== undefined && { variant }),
      reason: reasonOf(variant !== undefined && variant !== OFF),
    }
  }

  function reasonOf(isPart: boolean): string {
    if (client.status.state === 'stale') return StandardResolutionReasons.STALE
    return isPart ? StandardResolutionReasons.TARGETING_MATCH : StandardResolutionReasons.DEFAULT
  }

  async function decide(kind: Kind, { key, type }: Campaign, { id, options }: User): Promise<Decided> {
    if (type === 'VISUAL_AB') {
      if (kind !== 'string') throw new TypeMismatchError(`"${key}" is an A/B test: ask for a string`)
      const name = (await client.activate(key, id, options)) as string | null
      return { value: name, variant: name ?? OFF }
    }
    if (kind !== 'boolean' && (kind !== 'string' || type === 'FEATURE_ROLLOUT')) {
      throw new TypeMismatchError(
        `"${key}" is a feature: ask for a boolean, or for "${key}.<variable>"; a feature test also for a string`,
      )
    }
    const isOn = (await client.isFeatureEnabled(key, id, options)) === true
    const name = type === 'FEATURE_ROLLOUT' ? null : await client.getVariationName(key, id, options)
    const variant = (name as string | null) ?? (isOn ? 'on' : OFF)
    return { value: kind === 'boolean' ? isOn : name, variant }
  }

  async function readVariable(
    kind: Kind,
    { key }: Campaign,
    variable: string,
    { id, options }: User,
  ): Promise<Decided> {
    const value = await client.getFeatureVariableValue(key, variable, id, options)
    if (value === null || value === undefined) return { value: null, variant: OFF }
    if (typeof value !== kind) {
      throw new TypeMismatchError(`"${key}.${variable}" is of the type ${typeof value}, not ${kind}`)
    }
    return { value, variant: 'on' }
  }

  return {
    metadata: { name: 'vwo-hub' },
    runsOn: 'server',
    events,
    async initialize() {
      const { state, reason } = await client.ready()
      // Where there are none yet, the event says when there are.
      hasStarted = true
      if (state === 'starting') {
        throw new ProviderNotReadyError(
          reason?.message ?? 'there are no settings yet; the client recovers by itself',
        )
      }
    },
    onClose: () => client.close(),
    track(goal, context, { value, ...eventProperties } = {}) {
      const { id, options } = userOf(context)
      const properties = Object.keys(eventProperties).length > 0 && { eventProperties }
      void client.track(null, id, goal, {
        ...options,
        ...properties,
        ...(value !== undefined && { revenueValue: value }),
      })
    },
    resolveBooleanEvaluation: (key, otherwise, context) => resolve('boolean', key, otherwise, context),
    resolveStringEvaluation: (key, otherwise, context) => resolve('string', key, otherwise, context),
    resolveNumberEvaluation: (key, otherwise, context) => resolve('number', key, otherwise, context),
    resolveObjectEvaluation: <T extends JsonValue>(key: string, otherwise: T, context: EvaluationContext) =>
      resolve('object', key, otherwise, context),
  }
}

/** The variant of a user who is not part of a campaign. */
const OFF = 'off'

interface User {
  readonly id: string
  readonly options: CallOptions
}

/** `null`: the app's default is the answer. */
interface Decided {
  readonly value: unknown
  readonly variant: string
}

/** @throws TargetingKeyMissingError */
function userOf(context: EvaluationContext): User {
  const { targetingKey, userAgent, userIpAddress, customVariables, variationTargetingVariables } = context
  if (!targetingKey) throw new TargetingKeyMissingError('expected a targetingKey: the id of the user')
  const others = Object.entries(context)
    .filter(([name, value]) => !OWN_ATTRIBUTES.has(name) && value !== undefined)
    .map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value])
  return {
    id: targetingKey,
    options: {
      customVariables: { ...Object.fromEntries(others), ...asRecord(customVariables) },
      // Contexts are frozen: the SDK writes into what it is given.
      ...(variationTargetingVariables !== undefined && {
        variationTargetingVariables: { ...asRecord(variationTargetingVariables) },
      }),
      ...(typeof userAgent === 'string' && { userAgent }),
      ...(typeof userIpAddress === 'string' && { userIpAddress }),
    },
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
