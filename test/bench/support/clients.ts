/**
 * Clients of the hub, in a process of their own.
 *
 * Arguments: Redis URL, environment, count, product. Sends `ready`, and then for each revision the time at which the last client
 * had swapped to it, and how long all of the swaps took together.
 */
import { init } from 'vwo-fme-node-sdk'
import vwoSdk from 'vwo-node-sdk'
import { createClient } from '@vwo-hub/client'
import { createFmeClient } from '@vwo-hub/client/fme'
import { silentNetworkClient } from '../../../packages/client/dist/product/fme/events/network-client.js'
import { nowMs } from './measure.ts'

/** What the clients tell of each revision, both in milliseconds. */
export interface AllSwapped {
  readonly at: number
  readonly swapsMs: number
}

const [redis = '', environment = '', count, product] = process.argv.slice(2)
const swapped = new Map<number, { clients: number; swapsMs: number }>()
let isReady = false

/** What the SDK would send goes nowhere. */
const quiet = { isUsageStatsDisabled: true, network: { client: silentNetworkClient } }

const clients = Array.from({ length: Number(count) }, () => {
  const common = { environment, redis }
  const client =
    product === 'fme'
      ? createFmeClient({ ...common, sdk: { init }, options: quiet })
      : createClient({ ...common, sdk: vwoSdk, launch: { isDevelopmentMode: true } })
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
