import { type RedisServer, startRedisServer } from '@vwo-hub/sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'
import { hostileSettings } from '../support/hostile-settings.ts'
import { webhookSecret } from '../support/hub-config.ts'
import { type Hubs, startHubs } from '../support/hubs.ts'
import { isEverything } from '../support/runs.ts'
import { until } from '../support/until.ts'

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
/** One thread for all of them: to load the SDK anew takes longer than to judge most. */
const judging = defaultProduct.open({ maxBytes: 16 * MEGABYTE })

/**
 * Asks a hub while it judges a settings-file, one question after the other, until it has come to a verdict.
 *
 * @returns The longest time without an answer, and how long the verdict took.
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
  let answeredAt = startedAt
  let silentMs = 0
  // What asks is in the process of the hub: without pauses it would take the processor itself.
  const verdict = await until(
    async () => {
      for (const ask of asks) {
        expect((await ask()).status).toBe(200)
        silentMs = Math.max(silentMs, performance.now() - answeredAt)
        answeredAt = performance.now()
      }
      return (await hubs.audit())[entries]?.['what']
    },
    (what) => what !== undefined,
  )
  return { verdict, silentMs, tookMs: performance.now() - startedAt }
}

const textOf = (name: string, megabytes: number): string =>
  hostileSettings[name]?.(megabytes * 0.95 * MEGABYTE) ?? ''

describe('[invariant 3] while a hostile settings-file is judged, health checks and webhooks are answered', () => {
  // Where they cost little, and a fourth of them: `npm run bench -- --only hostile` has all at 2 and 16 MB, and times each answer.
  const names = Object.keys(hostileSettings).filter((_name, at) => isEverything || at % 4 === 0)
  it.each([
    ...names.map((name) => ({ name, megabytes: 0.05 })),
    { name: 'lists of nothing', megabytes: isEverything ? 4 : 1 },
    { name: 'one long text', megabytes: isEverything ? 16 : 4 },
  ])('at $megabytes MB: $name', async ({ name, megabytes }) => {
    const { verdict } = await whileJudging(textOf(name, megabytes))
    expect(['publish', 'refused']).toContain(verdict)
  })

  it.each(['nothing as campaigns', 'expressions, each another'])(
    'before there is a verdict, which takes long: %s',
    async (name) => {
      const { verdict, silentMs, tookMs } = await whileJudging(textOf(name, isEverything ? 1 : 0.3))
      expect(['publish', 'refused']).toContain(verdict)
      // A hub that waits for the verdict itself is silent for about as long as it takes, however fast the machine is.
      expect(silentMs).toBeLessThan(0.7 * tookMs)
    },
  )
})
