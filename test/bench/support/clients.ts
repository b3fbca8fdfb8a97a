/**
 * Clients of the hub, in a process of their own.
 *
 * Arguments: Redis URL, environment, count. Sends `ready`, and then for each revision the time at which the last client
 * had swapped to it, and how long all of the swaps took together.
 */
import vwoSdk from 'vwo-node-sdk'
import { createClient } from '@vwo-hub/client'
import { nowMs } from './measure.ts'

/** What the clients tell of each revision, both in milliseconds. */
export interface AllSwapped {
  readonly at: number
  readonly swapsMs: number
}

const [redis = '', environment = '', count] = process.argv.slice(2)
const swapped = new Map<number, { clients: number; swapsMs: number }>()
let isReady = false

const clients = Array.from({ length: Number(count) }, () => {
  const client = createClient({ environment, redis, sdk: vwoSdk, launch: { isDevelopmentMode: true } })
  client.on('update', ({ revision, swapMs }) => {
    const so = swapped.get(revision) ?? { clients: 0, swapsMs: 0 }
    swapped.set(revision, so)
    so.clients += 1
    so.swapsMs += swapMs
    if (so.clients !== clients.length || !isReady) return
    process.send?.({ at: nowMs(), swapsMs: so.swapsMs } satisfies AllSwapped)
  })
  return client
})

// Who has started this process ends it when that takes too long.
await Promise.all(clients.map((client) => client.ready({ timeoutMs: 3_600_000 })))
isReady = true
process.send?.('ready')
