import { randomUUID } from 'node:crypto'
import { type Keys, keysOf, sha256Of } from '@vwo-hub/protocol'
import { connectRedis, type RedisConnection } from '../../packages/hub/dist/environment/connect.js'
import type { Environment } from '../../packages/hub/dist/environment/environment.js'
import type { PublishResult } from '../../packages/hub/dist/environment/publish.js'
import type { PublishInput } from '../../packages/hub/dist/environment/refresh-commands.js'
import { openStore, type Store } from '../../packages/hub/dist/environment/store.js'
import { until } from '../support/until.ts'
import type { Running } from './topologies.ts'

/** One environment that nobody has used yet. */
export interface Fresh {
  readonly name: string
  readonly keys: Keys
  readonly handle: Environment
  /** For what others do to Redis. */
  readonly raw: RedisConnection
  /** Asks for a refresh and takes the lease. @returns The attempt. */
  lease(leaseMs?: number): Promise<{ readonly token: string; readonly ticket: number }>
  /** Publishes a text as a hub does. */
  publish(text: string, options?: Partial<PublishInput>): Promise<PublishResult>
}

/** What the tests of one topology share. */
export interface Contract {
  readonly running: Running
  readonly store: Store
  fresh(): Fresh
  close(): Promise<void>
}

export async function openContract(running: Running): Promise<Contract> {
  const store = openStore(running.config, { name: 'contract', prefix: 'vwo' })
  const raw = connectRedis(running.config, { name: 'others' })
  raw.on('error', () => {})
  // A cluster tells of its slots a moment after it serves them.
  for (const open of [() => store.connect(), () => raw.connect()]) {
    await until(
      () => open().then(String, String),
      (answer) => !/^Error|closed/.test(answer),
    )
  }
  return {
    running,
    store,
    fresh: () => freshOf(store, raw),
    async close() {
      store.close()
      raw.disconnect()
      await running.close()
    },
  }
}

function freshOf(store: Store, raw: RedisConnection): Fresh {
  const name = `env-${randomUUID()}`
  const handle = store.environment(name)
  const { refresh, read } = handle

  async function lease(leaseMs = 5000) {
    await refresh.request('manual')
    const token = randomUUID()
    const { state, requested } = await refresh.acquire({ token, leaseMs, owed: 0, pollIntervalMs: 0 })
    if (state !== 'leased') throw new Error(`expected the lease, got ${state}`)
    return { token, ticket: requested }
  }

  return {
    name,
    keys: keysOf(name),
    handle,
    raw,
    lease,
    publish: async (text, options = {}) =>
      await refresh.publish({
        ...publication(text),
        knownRevision: (await read.status()).current?.revision ?? 0,
        attempt: options.attempt ?? (await lease()),
        ...options,
      }),
  }
}

/** What a hub knows of a text. */
export function publication(text: string): Omit<PublishInput, 'attempt' | 'knownRevision'> {
  const at = new Date().toISOString()
  return {
    text: Buffer.from(text),
    meta: {
      sha256: sha256Of(text),
      bytes: String(Buffer.byteLength(text)),
      campaigns: '3',
      publishedAt: at,
      fetchedAt: at,
      checkedAt: at,
      trigger: 'manual',
      accountId: '1',
      sdk: 'vwo-node-sdk/1.73.0',
    },
    summary: `published ${text.slice(0, 20)}`,
    delayMs: 0,
    fruitless: 0,
  }
}
