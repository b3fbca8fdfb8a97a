/**
 * What importing something costs a fresh process. Arguments: modules. Sends `ms`, since the start of the process, and
 * `rssMb`, after a collection.
 */
import { setTimeout as delay } from 'node:timers/promises'

for (const name of process.argv.slice(2)) await import(name)
const ms = performance.now()
for (let round = 0; round < 3; round += 1) {
  globalThis.gc?.()
  await delay(50)
}
process.send?.({ ms, rssMb: process.memoryUsage().rss / 1e6 })
