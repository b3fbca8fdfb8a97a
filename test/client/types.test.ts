import type {
  AsyncStorageConfig,
  CallOptions,
  Client,
  ClientLog,
  FlushResult,
  LaunchOptions,
  MethodsFor,
  Pushed,
  RedisOption,
  Tracked,
  TrackOptions,
  UserStorageService,
  VariableValue,
} from '@vwo-hub/client'
import { createTestClient, type TestClient } from '@vwo-hub/client/testing'
import { describe, expectTypeOf, it } from 'vitest'
import type { Cluster, Redis, RedisOptions } from 'ioredis'
import type { Cluster as Cluster5, Redis as Redis5, RedisOptions as RedisOptions5 } from 'ioredis-5'
import type { Logger } from 'pino'
import vwoSdk, {
  type VWOApiOptions,
  type vwoAsyncInstance,
  type vwoInstance,
  type VWOLaunchConfig,
  type VWOTrackGoalOptions,
} from 'vwo-node-sdk'
import type { Logger as WinstonLogger } from 'winston'

/** What a method answers with. `push` has two forms; TypeScript takes the last. */
type Answer<Launch, Name extends keyof MethodsFor<Launch>> = ReturnType<MethodsFor<Launch>[Name]>

describe('what methods answer follows from the launch options', () => {
  it('at once, where nothing is said', () => {
    expectTypeOf<Answer<object, 'activate'>>().toEqualTypeOf<string | null>()
    expectTypeOf<Answer<object, 'getVariationName'>>().toEqualTypeOf<string | null>()
    expectTypeOf<Answer<object, 'getVariation'>>().toEqualTypeOf<string | null>()
    expectTypeOf<Answer<object, 'track'>>().toEqualTypeOf<Tracked | null>()
    expectTypeOf<Answer<object, 'isFeatureEnabled'>>().toEqualTypeOf<boolean>()
    expectTypeOf<Answer<object, 'getFeatureVariableValue'>>().toEqualTypeOf<VariableValue | null>()
    expectTypeOf<Answer<object, 'push'>>().toEqualTypeOf<Pushed | null>()
    expectTypeOf<Answer<object, 'setOptOut'>>().toEqualTypeOf<boolean>()
    expectTypeOf<Answer<object, 'flushEvents'>>().toEqualTypeOf<Promise<FlushResult>>()
  })

  it('with promises, where all are asked for', () => {
    type Launch = { readonly returnPromiseFor: { readonly all: true } }
    expectTypeOf<Answer<Launch, 'activate'>>().toEqualTypeOf<Promise<string | null>>()
    expectTypeOf<Answer<Launch, 'getVariation'>>().toEqualTypeOf<Promise<string | null>>()
    expectTypeOf<Answer<Launch, 'track'>>().toEqualTypeOf<Promise<Tracked | null>>()
    expectTypeOf<Answer<Launch, 'isFeatureEnabled'>>().toEqualTypeOf<Promise<boolean>>()
    expectTypeOf<Answer<Launch, 'getFeatureVariableValue'>>().toEqualTypeOf<Promise<VariableValue | null>>()
    expectTypeOf<Answer<Launch, 'push'>>().toEqualTypeOf<Promise<Pushed | null>>()
    expectTypeOf<Answer<Launch, 'setOptOut'>>().toEqualTypeOf<Promise<boolean>>()
  })

  it('with a promise for the one method that it is asked for', () => {
    type Launch = { readonly returnPromiseFor: { readonly activate: true; readonly track: false } }
    expectTypeOf<Answer<Launch, 'activate'>>().toEqualTypeOf<Promise<string | null>>()
    expectTypeOf<Answer<Launch, 'getVariationName'>>().toEqualTypeOf<string | null>()
    expectTypeOf<Answer<Launch, 'track'>>().toEqualTypeOf<Tracked | null>()
    expectTypeOf<Answer<Launch, 'push'>>().toEqualTypeOf<Pushed | null>()
    expectTypeOf<Answer<Launch, 'setOptOut'>>().toEqualTypeOf<boolean>()
  })

  it('with promises for what an asynchronous storage is asked about', () => {
    type Launch = { readonly asyncStorageConfig: { readonly redisStorage: never } }
    expectTypeOf<Answer<Launch, 'activate'>>().toEqualTypeOf<Promise<string | null>>()
    expectTypeOf<Answer<Launch, 'getVariationName'>>().toEqualTypeOf<Promise<string | null>>()
    expectTypeOf<Answer<Launch, 'isFeatureEnabled'>>().toEqualTypeOf<Promise<boolean>>()
    expectTypeOf<Answer<Launch, 'push'>>().toEqualTypeOf<Pushed | null>()
    expectTypeOf<Answer<Launch, 'setOptOut'>>().toEqualTypeOf<boolean>()
  })

  it('with promises for both, where an asynchronous storage and promises are asked for', () => {
    type Launch = {
      readonly asyncStorageConfig: { readonly redisStorage: never }
      readonly returnPromiseFor: { readonly push: true }
    }
    expectTypeOf<Answer<Launch, 'activate'>>().toEqualTypeOf<Promise<string | null>>()
    expectTypeOf<Answer<Launch, 'push'>>().toEqualTypeOf<Promise<Pushed | null>>()
    expectTypeOf<Answer<Launch, 'setOptOut'>>().toEqualTypeOf<boolean>()
  })

  it('either way, where the type of the options leaves it open', () => {
    type Either<Value> = Value | Promise<Value>
    type Enabled<Launches> = { [N in keyof Launches]: Answer<Launches[N], 'isFeatureEnabled'> }
    type Open = [
      LaunchOptions,
      { returnPromiseFor?: { all: true } },
      { returnPromiseFor: { all: boolean } },
      { returnPromiseFor: { all?: true } },
      { returnPromiseFor: { all: true } } | { isDevelopmentMode: true },
    ]
    type Maybe = Either<boolean>
    expectTypeOf<Enabled<Open>>().toEqualTypeOf<[Maybe, Maybe, Maybe, Maybe, Maybe]>()
    type One = { returnPromiseFor: { activate: boolean; track: true } }
    expectTypeOf<Answer<One, 'activate'>>().toEqualTypeOf<Either<string | null>>()
    expectTypeOf<Answer<One, 'track'>>().toEqualTypeOf<Promise<Tracked | null>>()
    expectTypeOf<Answer<One, 'isFeatureEnabled'>>().toEqualTypeOf<boolean>()
    type Storage = { asyncStorageConfig?: AsyncStorageConfig }
    expectTypeOf<Answer<Storage, 'activate'>>().toEqualTypeOf<Either<string | null>>()
    expectTypeOf<Answer<Storage, 'push'>>().toEqualTypeOf<Pushed | null>()
  })

  it('is inferred from the options as they are written', () => {
    const make = () =>
      createTestClient({ sdk: vwoSdk, settings: {}, launch: { returnPromiseFor: { push: true } } })
    type Made = ReturnType<typeof make>
    const makeOpen = (launch: LaunchOptions) => createTestClient({ sdk: vwoSdk, settings: {}, launch })
    const makePlain = () => createTestClient({ sdk: vwoSdk, settings: {} })
    expectTypeOf<ReturnType<ReturnType<typeof makeOpen>['isFeatureEnabled']>>().toEqualTypeOf<
      boolean | Promise<boolean>
    >()
    expectTypeOf<ReturnType<ReturnType<typeof makePlain>['isFeatureEnabled']>>().toEqualTypeOf<boolean>()
    expectTypeOf<ReturnType<Client['isFeatureEnabled']>>().toEqualTypeOf<boolean>()
    const tags = (client: Made) => client.push('plan', 'gold', 'ann')
    expectTypeOf<ReturnType<typeof tags>>().toEqualTypeOf<Promise<Pushed | null>>()
    expectTypeOf<ReturnType<Made['activate']>>().toEqualTypeOf<string | null>()
    expectTypeOf<ReturnType<TestClient['update']>>().toEqualTypeOf<number>()
    expectTypeOf<Made['push']>().toBeCallableWith('plan', 'gold', 'ann')
    expectTypeOf<Made['push']>().toBeCallableWith({ plan: 'gold' }, 'ann')
    expectTypeOf<Made['track']>().toBeCallableWith(null, 'ann', 'bought', { revenueValue: 5 })
  })
})

describe('what the typings of others have', () => {
  it('fits: a client where an instance of the SDK is asked for, also with promises', () => {
    expectTypeOf<Client>().toExtend<vwoInstance>()
    expectTypeOf<TestClient>().toExtend<vwoInstance>()
    expectTypeOf<Client<{ readonly returnPromiseFor: { readonly all: true } }>>().toExtend<vwoAsyncInstance>()
    expectTypeOf<Client>().not.toExtend<{ activate(campaignKey: string, userId: string): number }>()
  })

  it('fits, and yet a call says what it may answer', () => {
    const track = (client: Client) => client.track('checkout', 'ann', 'bought')
    const read = (client: Client) => client.getFeatureVariableValue('checkout', 'price', 'ann')
    expectTypeOf<ReturnType<typeof track>>().toEqualTypeOf<Tracked | null>()
    expectTypeOf<ReturnType<typeof read>>().toEqualTypeOf<VariableValue | null>()
  })

  it('fits: options of launch and of calls as the SDK has them', () => {
    expectTypeOf<Omit<VWOLaunchConfig, 'settingsFile'>>().toExtend<LaunchOptions>()
    expectTypeOf<VWOApiOptions>().toExtend<CallOptions>()
    expectTypeOf<VWOTrackGoalOptions>().toExtend<TrackOptions>()
  })

  it('fits: a storage that answers at once, and not one that answers with a promise', () => {
    expectTypeOf<{
      get(user: string): Map<string, string>
      set(data: object): void
    }>().toExtend<UserStorageService>()
    expectTypeOf<{ get(): Promise<object>; set(): void }>().not.toExtend<UserStorageService>()
  })

  it('fits: connections and options of ioredis 5 and 6', () => {
    expectTypeOf<Redis5>().toExtend<RedisOption>()
    expectTypeOf<Cluster5>().toExtend<RedisOption>()
    expectTypeOf<RedisOptions5>().toExtend<RedisOption>()
    expectTypeOf<Redis>().toExtend<RedisOption>()
    expectTypeOf<Cluster>().toExtend<RedisOption>()
    expectTypeOf<RedisOptions>().toExtend<RedisOption>()
    expectTypeOf<Date>().not.toExtend<RedisOption>()
  })

  it('fits: loggers', () => {
    expectTypeOf<Console | Logger | WinstonLogger | NestLogger>().toExtend<ClientLog>()
  })
})

/** As `@nestjs/common` declares its own. */
interface NestLogger {
  log(message: unknown, context?: string): void
  log(message: unknown, ...more: unknown[]): void
  warn(message: unknown, context?: string): void
  warn(message: unknown, ...more: unknown[]): void
  debug(message: unknown, context?: string): void
  debug(message: unknown, ...more: unknown[]): void
}
