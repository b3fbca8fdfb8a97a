import type {
  AsyncStorageConfig,
  Client,
  FlushResult,
  LaunchOptions,
  MethodsFor,
  Pushed,
  Tracked,
  VariableValue,
} from '@vwo-hub/client'
import { createTestClient, type TestClient } from '@vwo-hub/client/testing'
import { describe, expectTypeOf, it } from 'vitest'
import vwoSdk from 'vwo-node-sdk'

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
    expectTypeOf<ReturnType<Made['push']>>().toEqualTypeOf<Promise<Pushed | null>>()
    expectTypeOf<ReturnType<Made['activate']>>().toEqualTypeOf<string | null>()
    expectTypeOf<ReturnType<TestClient['update']>>().toEqualTypeOf<number>()
    expectTypeOf<Made['push']>().toBeCallableWith('plan', 'gold', 'ann')
    expectTypeOf<Made['push']>().toBeCallableWith({ plan: 'gold' }, 'ann')
    expectTypeOf<Made['track']>().toBeCallableWith(null, 'ann', 'bought', { revenueValue: 5 })
  })
})
