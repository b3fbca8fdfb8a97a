import autocannon from 'autocannon'
import { startRedisServer, startVwoSimulator } from '@vwo-hub/sandbox'
import { type Child, forkChild } from './support/child.ts'
import type { Figure } from './support/figure.ts'
import { hubEnv, startHub, webhookSecret } from './support/hub.ts'
import { inTurns, type Pair } from './support/measure.ts'
import { account, settingsOfSize } from './support/settings.ts'

const body = '{"timestamp":1606482285,"event":"settings_changed","action":"campaign_settings_changed"}'

/** How many webhooks a second one hub accepts, beside a plain server that reads and parses the same body. */
export const webhooks: Figure = {
  name: 'webhooks',
  async measure(report) {
    await using server = await startRedisServer()
    await using vwo = await startVwoSimulator({ ...account, settingsFile: settingsOfSize(10_000) })
    await using hub = await startHub(hubEnv(server.url, vwo.url, 'webhooks'))
    const url = `${await hub.publicUrl()}/webhooks/webhooks`
    await using plain = startPlainServer('')
    const plainUrl = await plain.next<string>()
    await using counting = startPlainServer(server.url)
    const countingUrl = await counting.next<string>()

    const floorIs = 'plain node:http that reads and parses a JSON body'
    const pair = await inTurns(
      () => requestsPerSecond(url),
      () => requestsPerSecond(plainUrl),
      { rounds: 5, warmUp: 1 },
    )
    const row = 'webhooks accepted by one hub'
    report.row({ ...rowOf(row, pair), floorIs, goal: { atLeast: 0.6 } })
    const context = await inTurns(
      () => requestsPerSecond(url),
      () => requestsPerSecond(countingUrl),
      { rounds: 2, warmUp: 1 },
    )
    report.row({
      ...rowOf(`${row}, beside a server that writes to Redis`, context),
      floorIs: 'the same, and one INCR in Redis for each request (context)',
    })
  },
}

const rowOf = (row: string, pair: Pair) => ({
  row,
  unit: 'requests/s',
  ...pair,
  value: pair.figure.p50 / pair.floor.p50,
  valueUnit: 'x',
})

const startPlainServer = (redisUrl: string): Child =>
  forkChild('fresh/plain-server.mjs', [redisUrl], { execArgv: [] })

/** Fails where an answer is not 200: a refusal would be faster than what is measured. */
async function requestsPerSecond(url: string): Promise<number> {
  const result = await autocannon({
    url,
    method: 'POST',
    connections: 32,
    duration: 2,
    headers: { 'content-type': 'application/json', 'x-vwo-auth': webhookSecret },
    body,
  })
  if (result.non2xx + result.errors > 0 || result['2xx'] === 0) {
    throw new Error(`${url}: expected only 200, got ${result.non2xx} others and ${result.errors} errors`)
  }
  return result['2xx'] / result.duration
}
