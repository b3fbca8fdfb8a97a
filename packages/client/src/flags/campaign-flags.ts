import { TypeMismatchError, type EvaluationContext } from '@openfeature/server-sdk'
import type { Following } from '../following.ts'
import type { Campaign } from '../product/fullstack/campaigns.ts'
import type { CallOptions, TrackOptions } from '../product/fullstack/vwo-methods.ts'
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

/** A client, whatever its launch options make its methods answer with; one of `createTestClient` fits. */
export interface DecidingClient extends Pick<Following, 'on' | 'ready' | 'status' | 'close'> {
  /** As the client has it. */
  campaigns(): readonly Campaign[]
  /** As the client has it. */
  activate(campaignKey: string, userId: string, options?: CallOptions): unknown
  /** As the client has it. */
  getVariationName(campaignKey: string, userId: string, options?: CallOptions): unknown
  /** As the client has it. */
  isFeatureEnabled(campaignKey: string, userId: string, options?: CallOptions): unknown
  /** As the client has it. */
  getFeatureVariableValue(
    campaignKey: string,
    variableKey: string,
    userId: string,
    options?: CallOptions,
  ): unknown
  /** As the client has it. */
  track(campaigns: null, userId: string, goal: string, options?: TrackOptions): unknown
}

/** Attributes of a context that are no custom variables. */
const OWN_ATTRIBUTES = new Set([
  'targetingKey',
  'userAgent',
  'userIpAddress',
  'customVariables',
  'variationTargetingVariables',
])

const word = { unit: 'campaign', missing: 'it is paused, deleted, or has another key' }

/** Flags of VWO FullStack: campaigns and their variables. */
export function campaignFlags(client: DecidingClient): FlagSource {
  let byKey: ReadonlyMap<string, Campaign> | undefined

  /** Of two with one key the first counts. */
  const campaigns = (): ReadonlyMap<string, Campaign> =>
    (byKey ??= new Map(
      client
        .campaigns()
        .toReversed()
        .map((campaign) => [campaign.key, campaign]),
    ))

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
    async decide(kind, key, context) {
      const { unit: campaign, variable } = flagIn(campaigns(), key, word)
      const user = userOf(context)
      return variable === undefined
        ? decide(kind, campaign, user)
        : readVariable(kind, campaign, variable, user)
    },
    track(goal, context, { value, ...eventProperties }) {
      const { id, options } = userOf(context)
      const properties = Object.keys(eventProperties).length > 0 && { eventProperties }
      void client.track(null, id, goal, {
        ...options,
        ...properties,
        ...(value !== undefined && { revenueValue: value }),
      })
    },
    forget() {
      byKey = undefined
    },
  }
}

interface User {
  readonly id: string
  readonly options: CallOptions
}

/** @throws TargetingKeyMissingError */
function userOf(context: EvaluationContext): User {
  const { userAgent, userIpAddress, variationTargetingVariables } = context
  return {
    id: targetingKeyOf(context),
    options: {
      customVariables: variablesOf(context, OWN_ATTRIBUTES),
      // Contexts are frozen: the SDK writes into what it is given.
      ...(variationTargetingVariables !== undefined && {
        variationTargetingVariables: { ...asRecord(variationTargetingVariables) },
      }),
      ...(typeof userAgent === 'string' && { userAgent }),
      ...(typeof userIpAddress === 'string' && { userIpAddress }),
    },
  }
}
