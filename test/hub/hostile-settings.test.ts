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
/** What once stood for seconds must not hide in few answers. */
const SHORT_MS = 1000

/** One thread for all of them: to load the SDK anew takes longer than to judge most. */
const judging = defaultProduct.open({ maxBytes: 16 * MEGABYTE })

/**
 * What is asked of a hub while it judges a settings-file, until it has come to a verdict: how long answers take, and how
 * long they may, on a machine that has nothing else to do 50 ms.
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
  const timeOf = async (ask: () => Promise<Response>): Promise<number> => {
    const startedAt = performance.now()
    expect((await ask()).status).toBe(200)
    return performance.now() - startedAt
  }
  const idle: number[] = []
  for (let count = 0; count < 5; count += 1) idle.push(await timeOf(() => fetch(`${publicUrl}/healthz`)))
  const entries = (await hubs.audit()).length
  await hubs.vwo.set(text)
  const times: number[] = []
  let verdict: Record<string, string> | undefined
  while (verdict === undefined) {
    for (const ask of asks) times.push(await timeOf(ask))
    verdict = (await hubs.audit())[entries]
    // What asks is in the process of the hub: without a pause it would take the processor itself.
    await delay(20)
  }
  // Over before ten answers: nothing stood still for long, and the median of so few says more of the machine than of the hub.
  const bound = times.length < 10 ? SHORT_MS : Math.max(50, 10 * medianOf(idle))
  return { verdict, median: medianOf(times), bound }
}

const medianOf = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0

/** Each shape where it costs little, two of them larger: `npm run bench -- --only hostile` has all of them there. */
const trials = [
  ...Object.keys(hostileSettings).map((name) => ({ name, megabytes: 0.25 })),
  { name: 'lists of nothing', megabytes: 4 },
  { name: 'one long text', megabytes: 16 },
]

describe('[invariant 3] while a hostile settings-file is judged, health checks and webhooks are answered', () => {
  it.each(trials)('at $megabytes MB: $name', async ({ name, megabytes }) => {
    const text = hostileSettings[name]?.(megabytes * 0.95 * MEGABYTE) ?? ''
    const { verdict, median, bound } = await whileJudging(text)
    expect(['publish', 'refused']).toContain(verdict['what'])
    expect(median).toBeLessThan(bound)
  })
})
