import { randomUUID } from 'node:crypto'
import type { RedisConfig } from '@vwo-hub/hub'
import { connectRedis, type RedisConnection } from '../../packages/hub/dist/environment/connect.js'
import type { Environment } from '../../packages/hub/dist/environment/environment.js'
import { sha256Of, type ProductName } from '@vwo-hub/protocol'
import { openEnvironment } from './environment.ts'

/** Publishes texts as a hub does, without a hub. */
export interface Publisher {
  readonly handle: Environment
  /** For what a hub does not do. */
  readonly redis: RedisConnection
  /** @returns The revision. */
  publish(text: string): Promise<number>
  close(): void
}

export async function createPublisher(
  where: string | RedisConfig,
  environment: string,
  product: ProductName = 'fullstack',
): Promise<Publisher> {
  const config: RedisConfig = typeof where === 'string' ? { kind: 'standalone', url: where } : where
  const redis = connectRedis(config, { name: 'publisher' })
  redis.on('error', () => {})
  await redis.connect()
  const { handle, store } = await openEnvironment(config, environment)
  let knownRevision = 0
  return {
    handle,
    redis,
    async publish(text) {
      await handle.refresh.request('manual')
      const token = randomUUID()
      const lease = await handle.refresh.acquire({ token, leaseMs: 5000, owed: 0, pollIntervalMs: 0 })
      if (lease.state !== 'leased') throw new Error(`expected the lease, got ${lease.state}`)
      const at = new Date().toISOString()
      const { revision } = await handle.refresh.publish({
        text: Buffer.from(text),
        meta: {
          sha256: sha256Of(text),
          bytes: String(Buffer.byteLength(text)),
          campaigns: '0',
          publishedAt: at,
          fetchedAt: at,
          checkedAt: at,
          trigger: 'manual',
          accountId: '1',
          sdk: 'vwo-node-sdk/1.73.0',
          product,
        },
        summary: 'published by a test',
        knownRevision,
        attempt: { token, ticket: lease.requested },
        delayMs: 0,
        fruitless: 0,
      })
      knownRevision = revision
      return revision
    },
    close() {
      store.close()
      redis.disconnect()
    },
  }
}
