import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { keysOf } from '@vwo-hub/protocol'
import { type RedisServer, startRedisServer, startVwoSimulator } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { hostileSettings } from '../support/hostile-settings.ts'
import type { Figure, Report } from './support/figure.ts'
import { hubEnv, startHub, webhookSecret } from './support/hub.ts'
import { nowMs, spreadOf } from './support/measure.ts'
import { account, settingsOfSize } from './support/settings.ts'

const MEGABYTE = 1024 * 1024
/** A little less than what they are named for, which is the default limit of a hub for the larger one. */
const sizes = [
  { size: '2 MB', bytes: 1.9 * MEGABYTE },
  { size: '16 MB', bytes: 15 * MEGABYTE },
]
/** Between two questions: whoever asks without a pause takes the processor itself. */
const PAUSE_MS = 5
/** What takes a processor for longer is left to it. */
const LONGEST_MS = 10_000
/** So often each is asked of a hub that has nothing to do. */
const IDLE_ASKS = 20

const questions = ['/healthz', 'webhook'] as const

type Times = Record<(typeof questions)[number], number[]>

/** How long others wait for a hub that judges what costs far more than its bytes. */
export const hostile: Figure = {
  name: 'hostile',
  isLong: true,
  async measure(report) {
    await using server = await startRedisServer()
    for (const { size, bytes } of sizes) await measureSize(server, size, bytes, report)
  },
}

async function measureSize(server: RedisServer, size: string, bytes: number, report: Report): Promise<void> {
  const idle: Times = { '/healthz': [], webhook: [] }
  const all: Times = { '/healthz': [], webhook: [] }
  const medians = { '/healthz': {}, webhook: {} } as Record<keyof Times, Record<string, number>>
  for (const [name, shape] of Object.entries(hostileSettings)) {
    const busy = await whileJudging(server, `hostile-${size}-${name}`.replaceAll(/[^a-z\d]+/gi, '-'), {
      text: shape(bytes),
      idle,
    })
    for (const question of questions) {
      all[question].push(...busy[question])
      medians[question][name] = spreadOf(busy[question]).p50
    }
  }
  for (const question of questions) {
    const worst = Math.max(...Object.values(medians[question]))
    report.row({
      row: `answer to a ${question === 'webhook' ? question : `GET ${question}`} while a hostile file of ${size} is judged, slowest shape`,
      unit: 'ms',
      figure: spreadOf(all[question]),
      floor: spreadOf(idle[question]),
      floorIs: 'the same hub before that',
      value: worst,
      valueUnit: 'ms',
      goal: { atMost: 50 },
      parts: { 'slowest of all': spreadOf(all[question]).max, ...medians[question] },
    })
  }
}

/** @returns How long each answer took until the hub had come to a verdict, or for ten seconds; at least one of each. */
async function whileJudging(
  server: RedisServer,
  environment: string,
  { text, idle }: { readonly text: string; readonly idle: Times },
): Promise<Times> {
  await using vwo = await startVwoSimulator({ ...account, settingsFile: settingsOfSize(10_000) })
  await using hub = await startHub({
    ...hubEnv(server.url, vwo.url, environment.toLowerCase()),
    HUB_FETCH_TIMEOUT_MS: '60000',
  })
  const publicUrl = await hub.publicUrl()
  const redis = new Redis(server.url)
  const { audit } = keysOf(environment.toLowerCase())
  const verdicts = async (): Promise<number> => await redis.xlen(audit)
  while ((await verdicts()) === 0) await delay(PAUSE_MS)
  const agent = new Agent({ keepAlive: true })
  const ask = {
    '/healthz': () => timeOfAnswer(`${publicUrl}/healthz`, 'GET', agent),
    webhook: () => timeOfAnswer(`${publicUrl}/webhooks/${environment.toLowerCase()}`, 'POST', agent),
  }
  for (let count = 0; count < IDLE_ASKS; count += 1)
    for (const question of questions) idle[question].push(await ask[question]())

  const before = await verdicts()
  const until = nowMs() + LONGEST_MS
  await vwo.set(text, { announce: false })
  const times: Times = { '/healthz': [], webhook: [] }
  do {
    for (const question of questions) times[question].push(await ask[question]())
    await delay(PAUSE_MS)
  } while (nowMs() < until && (await verdicts()) === before)
  agent.destroy()
  redis.disconnect()
  return times
}

async function timeOfAnswer(url: string, method: string, agent: Agent): Promise<number> {
  const startedAt = nowMs()
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const asked = request(url, { method, agent, headers: { 'x-vwo-auth': webhookSecret } }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode))
    })
    asked.on('error', reject).end()
  })
  if (status !== 200) throw new Error(`${url}: expected 200, got ${status}`)
  return nowMs() - startedAt
}
