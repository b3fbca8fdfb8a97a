import { randomUUID } from 'node:crypto'
import vwoSdk from 'vwo-node-sdk'
import { createClient, type Client, type ClientError, type ClientOptions, type Update } from '@vwo-hub/client'
import { keysOf } from '@vwo-hub/protocol'
import type { RedisServer } from '@vwo-hub/sandbox'
import { createPublisher, type Publisher } from './publisher.ts'
import { until } from './until.ts'

/** A settings-file that gives everybody the variation of this name. */
export const everybodyGets = (variation: string, more: object = {}): string =>
  JSON.stringify({
    version: 1,
    accountId: 5,
    sdkKey: 'key-of-tests',
    campaigns: [
      {
        id: 1,
        key: 'checkout-test',
        type: 'VISUAL_AB',
        status: 'RUNNING',
        percentTraffic: 100,
        goals: [],
        segments: {},
        variations: [{ id: 1, name: variation, weight: 100, changes: {} }],
      },
    ],
    ...more,
  })

export interface Followed {
  readonly vwo: Client
  readonly updates: Update[]
  readonly errors: ClientError[]
  readonly decision: () => string | null
}

/** Options with which every method answers at once. */
type Options = Partial<ClientOptions<object>>

/** Environments of one file of tests, and clients that follow them. */
export function following(server: RedisServer, cleanUps: (() => unknown)[]) {
  return { setUp }

  async function setUp(options: Options & { on?: RedisServer } = {}) {
    const { on = server, ...own } = options
    const environment = `env-${randomUUID()}`
    const publisher: Publisher = await createPublisher(on.url, environment)
    cleanUps.push(publisher.close)
    const follow = (more: Options = {}): Followed => {
      const updates: Update[] = []
      const errors: ClientError[] = []
      const vwo = createClient({
        environment,
        redis: on.url,
        sdk: vwoSdk,
        launch: { isDevelopmentMode: true },
        ...own,
        ...more,
      })
      vwo.on('update', (update) => updates.push(update))
      vwo.on('error', (error) => errors.push(error))
      cleanUps.push(vwo.close)
      return {
        vwo,
        updates,
        errors,
        decision: () => vwo.getVariationName('checkout-test', 'user'),
      }
    }
    return { environment, keys: keysOf(environment), publisher, follow }
  }
}

export const decides = (followed: Followed, variation: string) =>
  until(followed.decision, (seen) => seen === variation)
