/**
 * What a decision allocates: the growth of the heap over many of them, with room enough that nothing is collected
 * meanwhile. Argument: a settings-file. Needs `--expose-gc` and a large `--min-semi-space-size`. Sends `ready`, and then the bytes of one decision
 * through the façade and by the SDK, round by round.
 */
import { readFileSync } from 'node:fs'
import vwoSdk from 'vwo-node-sdk'
import { createTestClient } from '@vwo-hub/client/testing'

const CALLS = 1000
const ROUNDS = 25

const text = readFileSync(process.argv[2] ?? '', 'utf8')
const launch = { isDevelopmentMode: true, logging: { level: 4, logger: { log: () => {} } } }
const facade = createTestClient({ sdk: vwoSdk, settings: text, launch })
console.info = () => {}
const sdk = vwoSdk.launch({ ...launch, settingsFile: JSON.parse(text) })
const users = Array.from({ length: CALLS }, (_, index) => `user-${index}`)

/** @param {{ getVariationName(campaign: string, user: string): unknown }} instance */
function bytesPerCall(instance) {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  for (const user of users) instance.getVariationName('campaign-1', user)
  return (process.memoryUsage().heapUsed - before) / CALLS
}

process.send?.('ready')
const facadeBytes = []
const sdkBytes = []
for (let round = -5; round < ROUNDS; round += 1) {
  const pair = [bytesPerCall(facade), bytesPerCall(sdk)]
  if (round < 0) continue
  facadeBytes.push(pair[0])
  sdkBytes.push(pair[1])
}
process.send?.({ facadeBytes, sdkBytes })
