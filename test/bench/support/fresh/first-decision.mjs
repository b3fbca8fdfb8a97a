/**
 * How long a fresh process takes until its first decision, imports included, since its start.
 *
 * Arguments: `client` or `sdk`, a settings-file for the SDK alone, a Redis URL. Sends the milliseconds, and of what.
 */
import { readFileSync } from 'node:fs'

const [kind, file = '', redis] = process.argv.slice(2)
const startedAt = performance.now()
const { default: vwoSdk } = await import('vwo-node-sdk')
const sdkMs = performance.now() - startedAt
const launch = { isDevelopmentMode: true }
console.info = () => {}
let vwo
let clientMs = 0
if (kind === 'client') {
  const { createClient } = await import('@vwo-hub/client')
  clientMs = performance.now() - startedAt - sdkMs
  vwo = createClient({ environment: 'start', redis, sdk: vwoSdk, launch })
  const { state } = await vwo.ready({ timeoutMs: 5000 })
  if (state !== 'ready') throw new Error(`expected ready, got ${state}`)
} else {
  vwo = vwoSdk.launch({ ...launch, settingsFile: JSON.parse(readFileSync(file, 'utf8')) })
}
if (vwo.getVariationName('campaign-1', 'user') === null) throw new Error('expected a variation, got null')
const decidedMs = performance.now()
process.send?.({ decidedMs, sdkMs, clientMs, readyMs: decidedMs - startedAt - sdkMs - clientMs })
