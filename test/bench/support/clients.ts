/**
 * Clients of the hub, in a process of their own.
 *
 * Arguments: Redis URL, environment, count. Sends `ready`, and then the time (Unix milliseconds, fractional) at which
 * the last client had swapped to each revision.
 */
import vwoSdk from 'vwo-node-sdk'
import { createClient } from '@vwo-hub/client'

const [redis = '', environment = '', count] = process.argv.slice(2)
const swapped = new Map<number, number>()

const clients = Array.from({ length: Number(count) }, () => {
  const client = createClient({ environment, redis, sdk: vwoSdk, launch: { isDevelopmentMode: true } })
  client.on('update', ({ revision }) => {
    const so = (swapped.get(revision) ?? 0) + 1
    swapped.set(revision, so)
    if (so === clients.length) process.send?.(performance.timeOrigin + performance.now())
  })
  return client
})

await Promise.all(clients.map((client) => client.ready({ timeoutMs: 30_000 })))
process.send?.('ready')
