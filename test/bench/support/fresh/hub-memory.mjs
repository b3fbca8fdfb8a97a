/**
 * A hub that is measured once every environment is published. Environment variables: those of a hub. Argument: how many
 * environments. Sends `storedMs`, since its start without the start of the process, and megabytes after a collection.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createHub } from '@vwo-hub/hub'
import { readConfig, secretsOf } from '../../../../packages/hub/dist/config/config.js'
import { createLog } from '../../../../packages/hub/dist/log/log.js'

const count = Number(process.argv[2])
const config = readConfig({
  ...process.env,
  HUB_PORT: '0',
  HUB_ADMIN_PORT: '0',
  HUB_HOST: '127.0.0.1',
  HUB_POLL_INTERVAL_MS: '0',
})
let published = 0
/** @param {string} line */
function write(line) {
  if (line.includes('"msg":"published"')) published += 1
  if (published === count) allPublished()
}
let allPublished = () => {}
const done = new Promise((resolve) => {
  allPublished = () => resolve(undefined)
})
const startedAt = performance.now()
const log = createLog({ level: 'info', secrets: secretsOf(config), destination: { write } })
await createHub(config, { log }).start()
await done
const storedMs = performance.now() - startedAt
const beforeMb = process.memoryUsage().rss / 1e6
for (let round = 0; round < 3; round += 1) {
  globalThis.gc?.()
  await delay(200)
}
const { rss, heapUsed } = process.memoryUsage()
process.send?.({ storedMs, rssMb: rss / 1e6, heapMb: heapUsed / 1e6, beforeMb })
