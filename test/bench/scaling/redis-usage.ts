/**
 * What a Redis server says about its own use: CPU seconds are sound on a busy machine, times are not.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { until } from '../../support/until.ts'

export interface RedisUsage {
  /** Of the main thread, user and system, since its start. */
  readonly cpuSeconds: number
  readonly egressBytes: number
  readonly memoryBytes: number
  /** How often it has written to a client, at most 64 kB each time. */
  readonly writes: number
  /** Calls and microseconds of one command since the start. */
  command(name: string): { readonly calls: number; readonly seconds: number }
}

/** One connection beside those that are measured. */
export interface Watcher {
  usage(): Promise<RedisUsage>
  /** Asks for `PING` over and over until told to end. @returns The longest wait in seconds. */
  pinging(): { end(): Promise<number> }
  call(name: string, ...args: string[]): Promise<unknown>
  close(): void
}

export function createWatcher(host: string, port: number): Watcher {
  const redis = new Redis(port, host, { maxRetriesPerRequest: null })
  redis.on('error', () => {}) // Some of what is measured is a restart.

  async function usage(): Promise<RedisUsage> {
    const info = await redis.info('all')
    const numberOf = (field: string): number => Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(info)?.[1])
    return {
      cpuSeconds: numberOf('used_cpu_user_main_thread') + numberOf('used_cpu_sys_main_thread'),
      egressBytes: numberOf('total_net_output_bytes'),
      memoryBytes: numberOf('used_memory'),
      writes: numberOf('total_writes_processed'),
      command(name) {
        const found = new RegExp(`^cmdstat_${name}:calls=(\\d+),usec=(\\d+)`, 'm').exec(info)
        return { calls: Number(found?.[1] ?? 0), seconds: Number(found?.[2] ?? 0) / 1e6 }
      },
    }
  }

  return {
    usage,
    pinging() {
      let isEnded = false
      const longest = (async () => {
        let seconds = 0
        while (!isEnded) {
          const askedAt = performance.now()
          await redis.ping()
          seconds = Math.max(seconds, (performance.now() - askedAt) / 1000)
        }
        return seconds
      })()
      return {
        end() {
          isEnded = true
          return longest
        },
      }
    },
    call: (name, ...args) => redis.call(name, ...args),
    close: () => redis.disconnect(),
  }
}

/** Redis gives the buffers of connections back little by little. @returns The bytes that it uses once it gives no more back. */
export async function settledMemory(watcher: Watcher): Promise<number> {
  let [before, now] = [Number.POSITIVE_INFINITY, (await watcher.usage()).memoryBytes]
  while (before - now > now / 1000) {
    await delay(1000)
    ;[before, now] = [now, (await watcher.usage()).memoryBytes]
  }
  return now
}

/** Waits until a command was called so many times more. */
export async function calledAgain(watcher: Watcher, command: string, times: number): Promise<void> {
  const callsNow = async (): Promise<number> => (await watcher.usage()).command(command).calls
  const enough = (await callsNow()) + times
  await until(callsNow, (calls) => calls >= enough, 600_000)
}
