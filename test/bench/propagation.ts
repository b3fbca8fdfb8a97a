import { Redis } from 'ioredis'
import { startRedisServer, startVwoSimulator } from '@vwo-hub/hub/testing'
import { nowMs, startChild, startHub } from './support/child.ts'
import type { Figure } from './support/figure.ts'
import { inTurns, spreadOf } from './support/measure.ts'
import { settingsOfSize } from './support/settings.ts'

const nodes = 100
const account = { accountId: 123_456, sdkKey: 'bench' }
const secret = 'bench'

/** Webhook accepted until the last of 100 clients has swapped, over a raw PUBLISH to 100 bare subscribers that parse. */
export const propagation: Figure = {
  name: 'propagation',
  async measure(report) {
    await using server = await startRedisServer()
    const text = settingsOfSize(10_000, 0)
    await using vwo = await startVwoSimulator({ ...account, settingsFile: text })
    const redis = new Redis(server.url)
    const hub = await startHub({
      REDIS_URL: server.url,
      VWO_ENVIRONMENT: 'bench',
      VWO_ACCOUNT_ID: String(account.accountId),
      VWO_SDK_KEY: account.sdkKey,
      VWO_WEBHOOK_SECRETS: secret,
      VWO_BASE_URL: vwo.url,
      HUB_POLL_INTERVAL_MS: '0',
      HUB_LOG_LEVEL: 'info',
    })
    const clients = await startChild('clients', [server.url, 'bench', String(nodes)])
    const bare = await startChild('bare-subscribers', [String(server.port), 'floor', String(nodes)])

    let serial = 0
    const fetchTimes: number[] = []
    const askVwo = async (): Promise<void> => {
      const startedAt = performance.now()
      const query = `a=${account.accountId}&i=${account.sdkKey}`
      await (await fetch(`${vwo.url}/server-side/pull?${query}`)).text()
      fetchTimes.push(performance.now() - startedAt)
    }
    const pair = await inTurns(
      async () => {
        const changed = settingsOfSize(10_000, (serial += 1))
        await vwo.set(changed, { announce: false })
        await askVwo()
        const swapped = clients.next()
        const answer = await fetch(`${hub.publicUrl}/webhooks/bench`, {
          method: 'POST',
          headers: { 'x-vwo-auth': secret },
          body: '{"event":"settings_changed"}',
        })
        const acceptedAt = nowMs()
        if (answer.status !== 200) throw new Error(`expected 200, got ${answer.status}`)
        return (await swapped) - acceptedAt
      },
      async () => {
        const parsed = bare.next()
        const publishedAt = nowMs()
        await redis.publish('floor', text)
        return (await parsed) - publishedAt
      },
      { rounds: 60 },
    )
    const answerMs = spreadOf(fetchTimes).p50
    const withoutVwo = { ...pair.figure, p50: pair.figure.p50 - answerMs }
    report({
      row: `webhook accepted → ${nodes} clients swapped, 10 kB, VWO's ${answerMs.toFixed(1)} ms taken out`,
      floor: `PUBLISH of the same bytes → ${nodes} bare subscribers have parsed`,
      unit: 'ms',
      goal: 1.5,
      pair: { ...pair, figure: withoutVwo, ratio: withoutVwo.p50 / pair.floor.p50 },
    })
    for (const { end } of [clients, bare, hub]) end()
    redis.disconnect()
  },
}
