import { versionOfListed, versionOfLoaded } from '../../manifest.ts'
import type { Host, Product } from '../product.ts'
import { faultsOfFmeSdk, faultsOfInit, unknownInitOptions } from './check-init.ts'
import { createEventSender, type EventCounts } from './events/event-sender.ts'
import { createNetworkClient, silentNetworkClient } from './events/network-client.ts'
import { createTransport, transportBy } from './events/transport.ts'
import { knownIn, type Feature } from './features.ts'
import { createFmeFacade } from './fme-facade.ts'
import type { FmeMethods } from './fme-methods.ts'
import { createFmeSdk, type PreparedFme } from './fme-sdk.ts'
import type { FmeInitOptions } from './init-options.ts'
import type { FeatureKeys } from './keys.ts'
import type { FmeSdkModule } from './sdk-models.ts'
import { shieldInitOptions } from './shield-init.ts'

const NAME = 'vwo-fme-node-sdk'

/** What an app gives for VWO Feature Management & Experimentation. */
export interface FmeOptions {
  /** The app's own `vwo-fme-node-sdk`: `{ init }`, or its namespace. */
  readonly sdk: FmeSdkModule
  /** Options of the SDK's `init`. @default {} */
  readonly options?: FmeInitOptions
}

/** What an app calls: the SDK's methods, and what there is to ask for. */
export interface FmeClientMethods<Keys extends FeatureKeys = FeatureKeys> extends FmeMethods<Keys> {
  /** The features of the settings in use: what can be asked for. */
  features(): readonly Feature[]
  /** What became of events since the client was made; of a batch, each. */
  eventCounts(): EventCounts
}

/**
 * VWO Feature Management & Experimentation with the app's SDK; decides with the settings that it is given.
 *
 * @param inner.sendsEvents - Whether requests are really made. Default true.
 * @param inner.waitMs - How long a decision waits for a storage or a gateway service, in milliseconds. Default 2000.
 */
export function openFme(
  { sdk, options = {} }: FmeOptions,
  host: Host,
  { sendsEvents = true, waitMs }: { readonly sendsEvents?: boolean; readonly waitMs?: number } = {},
): Product<FmeClientMethods, PreparedFme> {
  const lost = new WeakMap<object, Error>()
  const given = options.network?.client
  const own = given === undefined ? createTransport() : undefined
  const transport = own ?? transportBy(given as NonNullable<typeof given>)
  const sender = createEventSender(transport, (what, error) => host.report('event-failed', what, () => error))
  const network = createNetworkClient({
    transport,
    sender,
    onGatewayError: (error) => host.report('callback-failed', 'The gateway service failed', () => error),
    onLost: (body, failure) => lost.set(body, failure),
    ...(waitMs !== undefined && { gatewayTimeoutMs: waitMs }),
  })
  const live = createFmeSdk({
    sdk,
    options: shieldInitOptions(options, {
      onError: (from, error) => host.report('callback-failed', `${from} of the options failed`, () => error),
      failureOf: (batch) => lost.get(batch),
      ...(waitMs !== undefined && { storageTimeoutMs: waitMs }),
    }),
    network: sendsEvents ? network : silentNetworkClient,
    onDoubt: (what, reason) => host.report('event-failed', what, () => reason),
  })
  const hasStorage = options.storage !== undefined
  const isAsking = hasStorage || options.gatewayService !== undefined
  const { methods, drain } = createFmeFacade({ sdk, live, sender, hasStorage, isAsking, host })
  const doubt = unknownInitOptions(options)
  if (doubt !== undefined) host.warn(doubt)
  return {
    name: 'fme',
    sdk: {
      name: NAME,
      version: versionOf(sdk),
    },
    settings: () => live.live()?.settings,
    methods: {
      ...methods,
      features() {
        const now = live.live()
        return now === undefined ? [] : [...knownIn(now.settings).features.values()].toReversed()
      },
      eventCounts: sender.counts,
    },
    prepare: live.prepare,
    commit: live.commit,
    drain,
    async flush(timeoutMs) {
      const queued = live.hasBatches() ? live.live()?.view.flushEvents() : undefined
      // Settled by what follows: it ends when its events have arrived, or were given up.
      void queued?.catch(() => {})
      return sender.settle(timeoutMs)
    },
    release() {
      live.release()
      sender.close()
      own?.close()
    },
  }
}

/** What is wrong with what an app gives for it. */
export function faultsOfFme({ sdk, options }: FmeOptions): string[] {
  return [...faultsOfFmeSdk(sdk), ...faultsOfInit(options)]
}

/** Imported, the SDK is made of ES modules. */
const versionOf = ({ init }: FmeSdkModule): string =>
  versionOfLoaded(NAME, (exported) => (exported as Partial<FmeSdkModule> | null)?.init === init) ||
  versionOfListed(NAME)
