/**
 * What a process that decides holds in memory, after a collection.
 *
 * Arguments: `client` or `sdk`, a settings-file for the SDK alone, a Redis URL. Sends `rssMb` and `heapMb`.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import vwoSdk from 'vwo-node-sdk'

const [kind, file = '', redis] = process.argv.slice(2)
const launch = { isDevelopmentMode: true, logging: { level: 4, logger: { log: () => {} } } }
console.info = () => {}
let vwo
if (kind === 'client') {
  const { createClient } = await import('@vwo-hub/client')
  vwo = createClient({ environment: 'memory', redis, sdk: vwoSdk, launch })
  const { state } = await vwo.ready({ timeoutMs: 5000 })
  if (state !== 'ready') throw new Error(`expected ready, got ${state}`)
} else {
  vwo = vwoSdk.launch({ ...launch, settingsFile: JSON.parse(readFileSync(file, 'utf8')) })
}
for (let user = 0; user < 20_000; user += 1) void vwo.getVariationName('campaign-1', `user-${user}`)
for (let round = 0; round < 3; round += 1) {
  globalThis.gc?.()
  await delay(100)
}
const { rss, heapUsed } = process.memoryUsage()
process.send?.({ rssMb: rss / 1e6, heapMb: heapUsed / 1e6 })
