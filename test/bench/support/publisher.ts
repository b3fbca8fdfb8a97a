import { randomUUID } from 'node:crypto'
import { connectRedis, type RedisConnection } from '../../../packages/hub/dist/environment/connect.js'
import { sha256Of } from '@vwo-hub/protocol'
import type { PublishInput } from '../../../packages/hub/dist/environment/refresh-commands.js'
import { openEnvironment } from '../../support/environment.ts'
import { account } from './settings.ts'

/** The hub's own store, without the hub around it. What comes before and after the step that is measured is not. */
export interface Publisher {
  readonly redis: RedisConnection
  /** Takes the lease and knows all about the text: what is left is the one call that publishes it. */
  ready(text: string): Promise<() => Promise<void>>
  /** All of it. */
  publish(text: string): Promise<void>
  /** The same as `ready` for the call that notes that VWO had nothing new. */
  readyToConfirm(): Promise<() => Promise<void>>
  close(): void
}

export async function createPublisher(url: string, environment: string): Promise<Publisher> {
  const redis = connectRedis({ kind: 'standalone', url }, { name: 'bench' })
  redis.on('error', () => {})
  await redis.connect()
  const { handle, store } = await openEnvironment(url, environment)
  const { refresh } = handle
  let knownRevision = 0
  let sha256 = ''

  async function lease() {
    await refresh.request('manual')
    const token = randomUUID()
    const { state, requested } = await refresh.acquire({ token, leaseMs: 30_000, owed: 0, pollIntervalMs: 0 })
    if (state !== 'leased') throw new Error(`expected the lease, got ${state}`)
    return { attempt: { token, ticket: requested }, knownRevision, delayMs: 0, fruitless: 0 }
  }

  async function ready(text: string): Promise<() => Promise<void>> {
    const common = await lease()
    const at = new Date().toISOString()
    const body = Buffer.from(text)
    sha256 = sha256Of(body)
    const input: PublishInput = {
      ...common,
      text: body,
      meta: {
        sha256,
        bytes: String(body.length),
        campaigns: '0',
        publishedAt: at,
        fetchedAt: at,
        checkedAt: at,
        trigger: 'manual',
        accountId: String(account.accountId),
        sdk: 'vwo-node-sdk/1.73.0',
      },
      summary: 'published by the bench',
      // A hub does so while it checks the text.
      large: await refresh.prepare(body),
    }
    return async () => {
      const { result, revision } = await refresh.publish(input)
      if (result !== 'published') throw new Error(`expected it to be published, got ${result}`)
      knownRevision = revision
    }
  }

  return {
    redis,
    ready,
    publish: async (text) => (await ready(text))(),
    async readyToConfirm() {
      const common = await lease()
      const input = { ...common, sha256, checkedAt: new Date().toISOString(), trigger: 'manual' as const }
      return async () => {
        if (!(await refresh.confirm(input))) throw new Error('expected it to be confirmed')
      }
    },
    close() {
      store.close()
      redis.disconnect()
    },
  }
}
