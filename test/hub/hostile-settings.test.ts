import { setTimeout as delay } from 'node:timers/promises'
import { type RedisServer, startRedisServer } from '@vwo-hub/sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'
import { hostileSettings } from '../support/hostile-settings.ts'
import { webhookSecret } from '../support/hub-config.ts'
import { type Hubs, startHubs } from '../support/hubs.ts'

let server: RedisServer
const open: Hubs[] = []

beforeAll(async () => {
  server = await startRedisServer()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((hubs) => hubs.close()))
})
afterAll(async () => {
  await judging.close()
  await server.close()
})

const MEGABYTE = 1024 * 1024
/** What is judged within this time makes nobody wait long, and may be as slow as a busy machine is. */
const SHORT_MS = 2000

/** One thread for all of them: to load the SDK anew takes longer than to judge most. */
const judging = defaultProduct.open({ maxBytes: 16 * MEGABYTE })

/**
 * Asks a hub while it judges a settings-file, one question after the other, until it has come to a verdict.
 *
 * @returns The longest of four fifths of the answers, and how long the verdict took.
 */
async function whileJudging(text: string) {
  const hubs = await startHubs({
    url: server.url,
    config: { maxSettingsBytes: 16 * MEGABYTE, fetchTimeoutMs: 30_000 },
    judging: { ...judging, close: async () => {} },
  })
  open.push(hubs)
  const { publicUrl } = hubs.first
  const asks = [
    () => fetch(`${publicUrl}/healthz`),
    () =>
      fetch(`${publicUrl}/webhooks/${hubs.environment}`, {
        method: 'POST',
        headers: { 'x-vwo-auth': webhookSecret },
        body: '{}',
      }),
  ]
  const entries = (await hubs.audit()).length
  await hubs.vwo.set(text)
  const startedAt = performance.now()
  const times: number[] = []
  let verdict: Record<string, string> | undefined
  while (verdict === undefined) {
    for (const ask of asks) {
      const askedAt = performance.now()
      expect((await ask()).status).toBe(200)
      times.push(performance.now() - askedAt)
    }
    verdict = (await hubs.audit())[entries]
    // What asks is in the process of the hub: without a pause it would take the processor itself.
    await delay(20)
  }
  const most = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.8)] ?? 0
  return { verdict, most, tookMs: performance.now() - startedAt }
}

/** Each shape where it costs little, two of them larger: `npm run bench -- --only hostile` has all of them there. */
const trials = [
  ...Object.keys(hostileSettings).map((name) => ({ name, megabytes: 0.25 })),
  { name: 'lists of nothing', megabytes: 4 },
  { name: 'one long text', megabytes: 16 },
]

describe('[invariant 3] while a hostile settings-file is judged, health checks and webhooks are answered', () => {
  it.each(trials)('at $megabytes MB: $name', async ({ name, megabytes }) => {
    const text = hostileSettings[name]?.(megabytes * 0.95 * MEGABYTE) ?? ''
    const { verdict, most, tookMs } = await whileJudging(text)
    expect(['publish', 'refused']).toContain(verdict['what'])
    // Whoever had to wait for the verdict has waited about as long as it took, however fast the machine is.
    expect(most).toBeLessThan(Math.max(SHORT_MS, tookMs) / 2)
  })
})
