import { queryObjects } from 'node:v8'
import { clientOption, findFreePort } from '@vwo-hub/sandbox'
import type { Redis } from 'ioredis'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { RedisConfig } from '@vwo-hub/hub'
import { connectRedis as connectClient } from '../../packages/client/dist/connection/connection.js'
import { connectRedis as connectHub } from '../../packages/hub/dist/environment/connect.js'
import { until } from '../support/until.ts'

afterEach(() => void vi.restoreAllMocks())

const sides: Record<string, (config: RedisConfig) => Redis> = {
  'a hub': (config) => connectHub(config, { name: 'test' }) as Redis,
  'a client': (config) => connectClient(clientOption(config), { name: 'test', key: 'key' }).redis,
}

describe.each(Object.entries(sides))('given %s whose sentinels are away', (_, connect) => {
  /** Asks without a pause, and notes what it says. */
  async function ask() {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const sentinels = [{ host: '127.0.0.1', port: await findFreePort() }]
    const redis = connect({ kind: 'sentinel', sentinels, master: 'the-master' })
    onTestFinished(() => redis.disconnect())
    const errors: string[] = []
    redis.on('error', ({ message }: Error) => errors.push(message))
    redis.connect().catch(() => {})
    const asked = (times: number) =>
      until(
        () => errors.length,
        (count) => count >= times,
      )
    await asked(20)
    return { redis, errors, asked }
  }

  it('[invariant 7] nothing is kept of how often they were asked', async () => {
    const { errors, asked } = await ask()
    // It says that it is experimental.
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const promises = (): number => Number(queryObjects(Promise))
    const before = promises()
    await asked(errors.length + 100)
    // Now seldom: what is under way ends.
    vi.mocked(Math.random).mockReturnValue(0.9999)
    await until(
      () => promises() - before,
      (kept) => kept < 100,
    )
  })

  it('says what is wrong with them, and asks no more once it is disconnected', async () => {
    const { redis, errors } = await ask()
    expect(errors[0]).toMatch(/^All sentinels are unreachable\. Last error: /)
    const ended = new Promise((resolve) => redis.once('end', resolve))
    redis.disconnect()
    await ended
    const said = errors.length
    // As long as twenty rounds of asking take.
    await ask()
    expect(errors).toHaveLength(said)
  })
})
