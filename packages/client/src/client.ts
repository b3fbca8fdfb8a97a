/**
 * The client of VWO FullStack.
 *
 * @module @vwo-hub/client
 */
import { faultsOfFollowing, followOptions } from './check-follow-options.ts'
import { refuse, unknownNames } from './check-options.ts'
import { follow } from './follow.ts'
import type { Following } from './following.ts'
import type { FollowOptions } from './options.ts'
import type { KeysOf, LaunchOf, TypedBy } from './product/fullstack/keys.ts'
import type { LaunchOptions } from './product/fullstack/launch-options.ts'
import {
  faultsOfFullStack,
  openFullStack,
  type FullStackMethods,
  type FullStackOptions,
} from './product/fullstack/open-fullstack.ts'

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
export type { Campaign } from './product/fullstack/campaigns.ts'
export type { CampaignKeys } from './product/fullstack/keys.ts'
export type {
  AsyncStorageConfig,
  GoalType,
  LaunchOptions,
  StoredVariation,
  UserStorageService,
} from './product/fullstack/launch-options.ts'
export type {
  CallOptions,
  FlushResult,
  MethodsFor,
  MethodsThatAnswer,
  Pushed,
  Tracked,
  TrackOptions,
  VariableValue,
} from './product/fullstack/vwo-methods.ts'
export type { FullStackMethods } from './product/fullstack/open-fullstack.ts'
export type { VwoSdkModule } from './product/fullstack/vwo-sdk.ts'
export type { SettingsInUse } from './settings-in-use.ts'
export type { ClientState, ClientStatus, Ready, Source } from './state.ts'

/** What a client of FullStack is made with. */
export interface ClientOptions<Launch extends LaunchOptions = LaunchOptions>
  extends FollowOptions, FullStackOptions<Launch> {}

/**
 * The SDK's methods for whichever settings are newest, and what can be known and done about them. Without launch options
 * that say otherwise every method answers at once; `Client<Vwo>` asks only for the keys that `vwo-hub types` has written.
 */
export type Client<
  By extends TypedBy = object,
  Launch extends LaunchOptions = LaunchOf<By>,
> = FullStackMethods<Launch, KeysOf<By>> & Following

/**
 * Makes the one object that an app decides with, for the life of the process, and begins to follow the environment.
 *
 * `createClient<Vwo>` takes the keys that `vwo-hub types` has written: a misspelling does not compile. Launch options that ask
 * for promises are named beside them then: `createClient<Vwo, typeof launch>`.
 *
 * @throws {@link ClientError} `option-invalid` that lists all that cannot work; never for an outage.
 */
export function createClient<
  const By extends TypedBy = object,
  const Launch extends LaunchOptions = LaunchOf<By>,
>(options: ClientOptions<Launch>): Client<By, Launch> {
  refuse([
    ...unknownNames(options, knownOptions),
    ...faultsOfFollowing(options),
    ...faultsOfFullStack(options),
  ])
  return follow(options, (host) => openFullStack(options, host))
}

const knownOptions: Record<keyof ClientOptions, true> = { ...followOptions, sdk: true, launch: true }
