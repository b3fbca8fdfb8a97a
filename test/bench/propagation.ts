import { Redis } from 'ioredis'
import { startRedisServer, startVwoSimulator } from '@vwo-hub/sandbox'
import { startChild } from './support/child.ts'
import type { AllSwapped } from './support/clients.ts'
import type { Figure } from './support/figure.ts'
import { beyondRow, ratioRow } from './support/figure.ts'
import { hubEnv, webhookSecret } from './support/hub.ts'
import { inTurns, nowMs, spreadOf } from './support/measure.ts'
import type { Stages } from './support/observed-hub.ts'
import { account, settingsOfSize } from './support/settings.ts'

const nodes = 100

/** Webhook accepted until the last of 100 clients has swapped, over a raw PUBLISH to 100 bare subscribers that parse. */
export const propagation: Figure = {
  name: 'propagation',
  async measure(report) {
    await using server = await startRedisServer()
    await using vwo = await startVwoSimulator({ ...account, settingsFile: settingsOfSize(10_000, 0) })
    const redis = new Redis(server.url)
    await using hub = await startChild('observed-hub', [], { env: hubEnv(server.url, vwo.url, 'bench') })
    const publicUrl = await hub.next<string>()
    await using clients = await startChild('clients', [server.url, 'bench', String(nodes)])
    await using bare = await startChild('bare-subscribers', [
      String(server.port),
      'floor',
      String(nodes),
      'parse',
    ])

    let serial = 0
    const parts: Record<string, number[]> = {}
    const note = (part: string, ms: number): void => void (parts[part] ??= []).push(ms)
    const pair = await inTurns(
      async () => {
        await vwo.set(settingsOfSize(10_000, (serial += 1)), { announce: false })
        const observed = hub.next<Stages>()
        const swapped = clients.next<AllSwapped>()
        const answer = await fetch(`${publicUrl}/webhooks/bench`, {
          method: 'POST',
          headers: { 'x-vwo-auth': webhookSecret },
          body: '{"event":"settings_changed"}',
        })
        await answer.arrayBuffer()
        if (answer.status !== 200) throw new Error(`expected 200, got ${answer.status}`)
        const { vwoMs, acceptedAt, storedAt, ...stages } = await observed
        const { at, swapsMs } = await swapped
        for (const [part, ms] of Object.entries(stages)) note(part, ms)
        note('receive', at - storedAt - swapsMs)
        note(`swap (${nodes} in one process)`, swapsMs)
        note('VWO, taken out', vwoMs)
        return at - acceptedAt - vwoMs
      },
      async () => {
        const text = settingsOfSize(10_000, (serial += 1))
        const startedAt = nowMs()
        const [at] = await Promise.all([bare.next(), redis.publish('floor', text)])
        return at - startedAt
      },
      { rounds: 120 },
    )
    redis.disconnect()
    const named = {
      floorIs: `F, PUBLISH of the same bytes → ${nodes} bare subscribers have parsed`,
      unit: 'ms',
      parts: Object.fromEntries(Object.entries(parts).map(([part, times]) => [part, spreadOf(times).p50])),
    }
    const row = `webhook accepted → ${nodes} clients swapped, 10 kB, without VWO's answer`
    report.row(beyondRow({ ...named, row: `${row}, beyond F`, goal: { atMost: 15 } }, pair))
    report.row(ratioRow({ ...named, row: `${row}, over F`, goal: { atMost: 1.5 } }, pair))
  },
}
