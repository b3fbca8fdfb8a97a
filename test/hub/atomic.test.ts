import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { keysOf, sha256Of } from '@vwo-hub/protocol'
import { startRedisServer, type RedisServer } from '@vwo-hub/hub/testing'
import { createPublisher } from '../support/publisher.ts'
import { until } from '../support/until.ts'

let server: RedisServer

beforeAll(async () => {
  server = await startRedisServer()
})
afterAll(async () => {
  await server.close()
})

it('[invariant 4] settings, meta, history, audit and message are never seen apart', async () => {
  const environment = `env-${randomUUID()}`
  const keys = keysOf(environment)
  const publisher = await createPublisher(server.url, environment)
  const reader = new Redis(server.url)
  const subscriber = new Redis(server.url)
  const announced: number[] = []
  const checks: Promise<void>[] = []
  subscriber.on('message', (_channel: string, message: string) => {
    const { revision } = JSON.parse(message) as { revision: number }
    announced.push(revision)
    checks.push(look(revision))
  })
  await subscriber.subscribe(keys.updates)

  /** What one reader sees in one moment belongs together, and is not older than what was announced to it. */
  async function look(atLeast: number): Promise<void> {
    const answer = await reader
      .multi()
      .get(keys.settings)
      .hgetall(keys.meta)
      .zrange(keys.revisions, '-1', '-1')
      .xrevrange(keys.audit, '+', '-', 'COUNT', 1)
      .exec()
    const [text, meta, [newest], [entry]] = (answer ?? []).map(([, reply]) => reply) as [
      string,
      Record<string, string>,
      string[],
      [string, string[]][],
    ]
    expect(sha256Of(text)).toBe(meta['sha256'])
    expect(Buffer.byteLength(text)).toBe(Number(meta['bytes']))
    expect(newest).toBe(meta['revision'])
    const fields = entry?.[1] ?? []
    expect(fields[fields.indexOf('revision') + 1]).toBe(meta['revision'])
    expect(Number(meta['revision'])).toBeGreaterThanOrEqual(atLeast)
    expect(await reader.get(keys.settingsOf(Number(meta['revision'])))).toBe(text)
  }

  let isPublishing = true
  let looks = 0
  await publisher.publish('first')
  const looking = (async () => {
    while (isPublishing) {
      await look(0)
      looks += 1
    }
  })()
  // Small ones travel in the message, large ones beside it.
  for (let index = 0; index < 60; index += 1)
    await publisher.publish(`${index}`.repeat(index % 2 === 0 ? 100 : 60_000))
  isPublishing = false
  await looking
  // The last message may still be on its way.
  await until(
    () => announced.length,
    (count) => count >= 61,
  )
  await Promise.all(checks)
  expect(looks).toBeGreaterThan(20)
  expect(announced).toHaveLength(61)
  expect(announced).toEqual([...new Set(announced)].sort((a, b) => a - b))
  for (const connection of [reader, subscriber]) connection.disconnect()
  publisher.close()
})
