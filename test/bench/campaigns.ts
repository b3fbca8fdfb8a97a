import vwoSdk from 'vwo-node-sdk'
import { createVwoSdk } from '../../packages/client/dist/product/fullstack/vwo-sdk.js'
import { summariseChange } from '../../packages/hub/dist/product/fullstack/summary/summary.js'
import { openChecker } from '../support/checker.ts'
import type { Figure } from './support/figure.ts'
import { growthRow } from './support/figure.ts'
import type { Point } from './support/growth.ts'
import { spreadOf, timeOf, timeOfAsync } from './support/measure.ts'
import { account, settingsOfCampaigns } from './support/settings.ts'

const counts = [10, 50, 200, 1000, 5000]

/** What grows with the number of campaigns: the hub's check and summary, and the client's swap. */
export const campaigns: Figure = {
  name: 'campaigns',
  async measure(report) {
    const checker = openChecker({ maxBytes: 10_000_000 })
    const live = createVwoSdk({
      sdk: vwoSdk,
      launch: { isDevelopmentMode: true },
      onCallbackError: () => {},
      onEventError: () => {},
    })
    const expected = { environment: 'campaigns', accountId: String(account.accountId) }
    const times: Record<'check with dry run' | 'summary' | 'swap' | 'JSON.parse', Point[]> = {
      'check with dry run': [],
      summary: [],
      swap: [],
      'JSON.parse': [],
    }
    for (const x of counts) {
      const texts = [settingsOfCampaigns(x, 1), settingsOfCampaigns(x, 2)]
      const parsed = texts.map((text) => JSON.parse(text) as Parameters<typeof summariseChange>[1])
      const [before, after] = parsed
      if (before === undefined || after === undefined) continue
      const samples = {
        check: [] as number[],
        summary: [] as number[],
        swap: [] as number[],
        parse: [] as number[],
      }
      for (let round = -2; round < (x >= 1000 ? 6 : 20); round += 1) {
        const text = texts[round & 1] ?? ''
        const sample = {
          check: await timeOfAsync(() => checker.check(text, expected)),
          summary: timeOf(() => summariseChange(before, after)),
          swap: timeOf(() => live.commit(live.prepare(text, true))),
          parse: timeOf(() => JSON.parse(text)),
        }
        if (round < 0) continue
        for (const what of ['check', 'summary', 'swap', 'parse'] as const) samples[what].push(sample[what])
      }
      times['check with dry run'].push({ x, y: spreadOf(samples.check).p50 })
      times.summary.push({ x, y: spreadOf(samples.summary).p50 })
      times.swap.push({ x, y: spreadOf(samples.swap).p50 })
      times['JSON.parse'].push({ x, y: spreadOf(samples.parse).p50 })
    }
    await checker.close()
    live.release()
    for (const [name, points] of Object.entries(times)) {
      report.series({ chart: 'campaigns', name, points, isFloor: name === 'JSON.parse' })
      if (name === 'JSON.parse') continue
      report.row(
        growthRow(`growth with 10 → 5,000 campaigns: ${name}`, 'ms', points, {
          is: 'P',
          points: times['JSON.parse'],
        }),
      )
    }
  },
}
