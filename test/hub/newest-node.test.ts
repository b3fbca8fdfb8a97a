import { type RedisServer, startRedisServer, startVwoSimulator } from '@vwo-hub/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureNewestNode, newestNode } from '../../scripts/newest-node.mjs'
import { runCli, startCli } from '../support/cli.ts'
import { startNode } from '../support/nodes.ts'
import { decidesFor, settingsFile } from '../support/settings-file.ts'
import { account, webhookSecret } from '../support/hub-config.ts'
import { serveEnv } from '../support/serve-env.ts'
import { until } from '../support/until.ts'

let redis: RedisServer

beforeAll(async () => {
  await ensureNewestNode()
  redis = await startRedisServer()
}, 180_000)
afterAll(async () => {
  await redis.close()
})

/** What is different from one Node to the next is how processes, threads and connections begin and end. */
describe('with the newest Node, whatever runs these tests,', () => {
  it('a hub and an app do their work, and end in order', async () => {
    const node = newestNode()
    const environment = 'newest'
    await using vwo = await startVwoSimulator({ ...account, settingsFile: settingsFile(account) })
    const hub = startCli(['serve'], {
      node,
      env: serveEnv({ redisUrl: redis.url, vwoUrl: vwo.url, environment }),
    })
    const publicUrl = await hub.printed(/"publicUrl":"([^"]+)"/)
    vwo.announceTo({ url: `${publicUrl}/webhooks/${environment}`, secret: webhookSecret })
    const app = startNode({ node, redisUrl: redis.url, environment })
    const updated = (count: number) =>
      until(
        () => app.updates.length,
        (seen) => seen >= count,
      )
    await updated(1)
    await vwo.set(settingsFile({ ...account, campaigns: [decidesFor('checkout-test', 'new')] }))
    await updated(2)
    expect(await app.close()).toEqual([0, null])
    hub.signal('SIGTERM')
    const { code, stderr } = await hub.ended
    expect([code, stderr]).toEqual([0, ''])
  })

  it('a configuration that cannot work is told each time', async () => {
    const run = () => runCli(['serve'], { node: newestNode(), env: { VWO_ACCOUNT_ID: 'abc' } })
    const ends = await Promise.all(Array.from({ length: 6 }, run))
    expect(ends.map(({ code }) => code)).toEqual(Array.from({ length: 6 }, () => 2))
    for (const { stderr } of ends) expect(stderr).toContain('VWO_ACCOUNT_ID')
  })
})
