/**
 * The client of VWO Feature Management & Experimentation.
 *
 * @module @vwo-hub/client/fme
 */
import { faultsOfFollowing, followOptions } from './check-follow-options.ts'
import { refuse, unknownNames } from './check-options.ts'
import { follow } from './follow.ts'
import type { Following } from './following.ts'
import type { FollowOptions } from './options.ts'
import type { FeatureKeys } from './product/fme/keys.ts'
import { faultsOfFme, openFme, type FmeClientMethods, type FmeOptions } from './product/fme/open-fme.ts'

export type { ClusterNode } from './connection/cluster-connector.ts'
export type {
  ClusterConnection,
  ClusterOption,
  RedisConnection,
  RedisOption,
} from './connection/connection.ts'
export { ClientError, type ClientErrorCode } from './errors.ts'
export type { ClientEvents, Listener, Update } from './events.ts'
export type { Following } from './following.ts'
export type { ClientLog, HubOption } from './options.ts'
export type { EventCounts } from './product/fme/events/event-sender.ts'
export type { Feature } from './product/fme/features.ts'
export type {
  AttributeValue,
  Flag,
  FlagVariable,
  FlagWith,
  FmeContext,
  FmeFlushResult,
  FmeMethods,
} from './product/fme/fme-methods.ts'
export type {
  FmeInitOptions,
  FmeLogTransport,
  FmeNetworkClient,
  FmeStorage,
} from './product/fme/init-options.ts'
export type { FeatureKeys } from './product/fme/keys.ts'
export type { FmeClientMethods } from './product/fme/open-fme.ts'
export type { FmeSdkModule } from './product/fme/sdk-models.ts'
export type { SettingsInUse } from './settings-in-use.ts'
export type { ClientState, ClientStatus, Ready, Source } from './state.ts'

/** What a client of FME is made with. */
export interface FmeClientOptions extends FollowOptions, FmeOptions {}

/**
 * The SDK's methods for whichever settings are newest, and what can be known and done about them. `FmeClient<Vwo>` asks only for
 * the keys that `vwo-hub types` has written.
 */
export type FmeClient<Keys extends FeatureKeys = FeatureKeys> = FmeClientMethods<Keys> & Following

/**
 * Makes the one object that an app decides with, for the life of the process, and begins to follow the environment.
 *
 * `createFmeClient<Vwo>` takes the keys that `vwo-hub types` has written: a misspelling does not compile, and variables have
 * their types.
 *
 * @throws {@link ClientError} `option-invalid` that lists all that cannot work; never for an outage.
 */
export function createFmeClient<Keys extends FeatureKeys = FeatureKeys>(
  options: FmeClientOptions,
): FmeClient<Keys> {
  refuse([...unknownNames(options, knownOptions), ...faultsOfFollowing(options), ...faultsOfFme(options)])
  return follow(options, (host) => openFme(options, host)) as FmeClient<Keys>
}

const knownOptions: Record<keyof FmeClientOptions, true> = { ...followOptions, sdk: true, options: true }
