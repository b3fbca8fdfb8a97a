import { type RedisServer, startRedisServer } from '@vwo-hub/sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
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
  await server.close()
})

const MEGABYTE = 1024 * 1024

/** What is asked of a hub while it judges a settings-file, until it has come to a verdict. */
async function whileJudging(text: string) {
  const hubs = await startHubs({
    url: server.url,
    config: { maxSettingsBytes: 16 * MEGABYTE, fetchTimeoutMs: 30_000 },
  })
  open.push(hubs)
  const { publicUrl } = hubs.first
  const entries = (await hubs.audit()).length
  await hubs.vwo.set(text)
  const times: number[] = []
  let verdict: Record<string, string> | undefined
  while (verdict === undefined) {
    for (const ask of [
      () => fetch(`${publicUrl}/healthz`),
      () =>
        fetch(`${publicUrl}/webhooks/${hubs.environment}`, {
          method: 'POST',
          headers: { 'x-vwo-auth': webhookSecret },
          body: '{}',
        }),
    ]) {
      const startedAt = performance.now()
      const answer = await ask()
      times.push(performance.now() - startedAt)
      expect(answer.status).toBe(200)
    }
    verdict = (await hubs.audit())[entries]
  }
  return { verdict, median: times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0 }
}

/** Those that take a processor for seconds at 2 MB are not tried at 16 MB: they take eight times as long. */
const large = [
  'nothing as campaigns',
  'nothing as 400,000 campaigns',
  'nothing as goals',
  'nothing as 400,000 goals',
  'nothing in the list of a group',
  'many campaigns in one group of many more',
  'campaigns of ids alone, grouped',
  'one campaign of variations',
  'one campaign of goals',
  'many small campaigns',
  'lists of nothing',
  'one long text',
]

describe('[invariant 3] while a hostile settings-file is judged, health checks and webhooks are answered', () => {
  it.each(Object.keys(hostileSettings))('at 2 MB: %s', { timeout: 60_000 }, async (name) => {
    const text = hostileSettings[name]?.(1.9 * MEGABYTE) ?? ''
    const { verdict, median } = await whileJudging(text)
    expect(['publish', 'refused']).toContain(verdict['what'])
    expect(median).toBeLessThan(50)
  })

  it.each(large)('at 16 MB: %s', { timeout: 120_000 }, async (name) => {
    const text = hostileSettings[name]?.(15 * MEGABYTE) ?? ''
    const { verdict, median } = await whileJudging(text)
    expect(['publish', 'refused']).toContain(verdict['what'])
    expect(median).toBeLessThan(50)
  })
})
