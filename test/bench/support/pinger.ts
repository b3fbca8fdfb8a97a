/**
 * Sends one command of Redis after the other, and notes the longest wait for an answer, in a process that does nothing
 * else. Argument: Redis URL. Sends `ready`; told `watch`, it says so; told `tell`, it tells the longest wait since then,
 * in milliseconds.
 */
import { Redis } from 'ioredis'

const redis = new Redis(process.argv[2] ?? '')
let longestMs = 0
let isAsked = false
let askedAt = 0

process.on('message', (message) => {
  if (message === 'tell') {
    isAsked = true
    return
  }
  longestMs = 0
  process.send?.('watching')
})

await redis.ping()
process.send?.('ready')
for (;;) {
  askedAt = performance.now()
  await redis.ping()
  longestMs = Math.max(longestMs, performance.now() - askedAt)
  // Not before the answer: it may be the one that has waited longest.
  if (isAsked) process.send?.(longestMs)
  isAsked = false
}
