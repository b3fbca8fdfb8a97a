/**
 * A provider for OpenFeature that decides with a client, as the flags of a server: campaigns or features, and their variables.
 *
 * @module @vwo-hub/client/openfeature
 */
import {
  OpenFeatureEventEmitter,
  ProviderEvents,
  ProviderNotReadyError,
  StandardResolutionReasons,
  type EvaluationContext,
  type JsonValue,
  type Provider,
  type ResolutionDetails,
} from '@openfeature/server-sdk'
import { campaignFlags, type DecidingClient } from './flags/campaign-flags.ts'
import { featureFlags, type DecidingFmeClient } from './flags/feature-flags.ts'
import { OFF, type Kind } from './flags/flag-source.ts'

export type { DecidingClient } from './flags/campaign-flags.ts'
export type { DecidingFmeClient } from './flags/feature-flags.ts'

/**
 * Makes a provider of a client: `await OpenFeature.setProviderAndWait(createProvider(vwo))`.
 *
 * Of FullStack, the flag `campaign` is whether a feature is on, as a boolean, or the name of the variation, as a string, which
 * makes the user a visitor; `campaign.variable` is a variable of a feature. Of FME, the flag `feature` is whether it is on, or an
 * object of its variables, and `feature.variable` one of them. `targetingKey` is the id of the user; `userAgent`, `userIpAddress`
 * (of FME `ipAddress`), `customVariables` and `variationTargetingVariables` are those of a call, and every other attribute is a
 * custom variable. Closing OpenFeature closes the client.
 */
export function createProvider(client: DecidingClient | DecidingFmeClient): Provider {
  const flags = 'getFlag' in client ? featureFlags(client) : campaignFlags(client)
  const events = new OpenFeatureEventEmitter()
  let hasStarted = false

  client.on('update', ({ summary }) => {
    flags.forget()
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

  async function resolve<T>(
    kind: Kind,
    key: string,
    otherwise: T,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    if (client.status.state === 'starting') throw new ProviderNotReadyError('there are no settings yet')
    const { value, variant } = await flags.decide(kind, key, context)
    return { value: (value ?? otherwise) as T, variant, reason: reasonOf(variant !== OFF) }
  }

  function reasonOf(isPart: boolean): string {
    if (client.status.state === 'stale') return StandardResolutionReasons.STALE
    return isPart ? StandardResolutionReasons.TARGETING_MATCH : StandardResolutionReasons.DEFAULT
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
    track(event, context, details = {}) {
      flags.track(event, context, details)
    },
    resolveBooleanEvaluation: (key, otherwise, context) => resolve('boolean', key, otherwise, context),
    resolveStringEvaluation: (key, otherwise, context) => resolve('string', key, otherwise, context),
    resolveNumberEvaluation: (key, otherwise, context) => resolve('number', key, otherwise, context),
    resolveObjectEvaluation: <T extends JsonValue>(key: string, otherwise: T, context: EvaluationContext) =>
      resolve('object', key, otherwise, context),
  }
}
