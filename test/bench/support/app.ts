/**
 * An app that decides all the time, and notes the longest pause between two decisions.
 *
 * Arguments: Redis URL, environment, a settings-file. Sends `ready`. Told `watch`, it says so and then tells the longest
 * pause until shortly after the next update; told `parse`, the same for as long while it only parses the
 * file.
 */
import { readFileSync } from 'node:fs'
import vwoSdk from 'vwo-node-sdk'
import { createClient } from '@vwo-hub/client'

/** How long pauses are watched after an update, in milliseconds: what it leaves behind counts too. */
const AFTER_MS = 5

/** The longest pause between two decisions. */
export interface Pause {
  readonly byClockMs: number
  /** By what all threads of this process have worked: what other processes take from it is not in it. */
  readonly byProcessorMs: number
}

const [redis = '', environment = '', file = ''] = process.argv.slice(2)
const text = readFileSync(file, 'utf8')
const client = createClient({
  environment,
  redis,
  sdk: vwoSdk,
  launch: { isDevelopmentMode: true, logging: { level: 4, logger: { log: () => {} } } },
})
await client.ready({ timeoutMs: 30_000 })

let user = 0
let decidedAt = performance.now()
let usedMs = processorMs()
let longest: Pause = { byClockMs: 0, byProcessorMs: 0 }
let isWatching = false
let watchedAt = 0
/** How long the last update was watched, in milliseconds: the longer, the more of the machine's own pauses are in it. */
let lastWatchMs = AFTER_MS

function processorMs(): number {
  const { user: userMicroseconds, system } = process.cpuUsage()
  return (userMicroseconds + system) / 1000
}

function decide(): void {
  client.getVariationName('campaign-1', `user-${(user += 1) % 1000}`)
  const [now, used] = [performance.now(), processorMs()]
  longest = {
    byClockMs: Math.max(longest.byClockMs, now - decidedAt),
    byProcessorMs: Math.max(longest.byProcessorMs, used - usedMs),
  }
  decidedAt = now
  usedMs = used
  setImmediate(decide)
}

function tellAfter(ms: number): void {
  setTimeout(() => process.send?.(longest), ms)
}

client.on('update', () => {
  if (!isWatching) return
  isWatching = false
  lastWatchMs = performance.now() - watchedAt + AFTER_MS
  tellAfter(AFTER_MS)
})
process.on('message', (message) => {
  longest = { byClockMs: 0, byProcessorMs: 0 }
  if (message === 'parse') {
    JSON.parse(text)
    tellAfter(lastWatchMs)
  } else {
    isWatching = true
    watchedAt = performance.now()
    process.send?.('watching')
  }
})
decide()
process.send?.('ready')
