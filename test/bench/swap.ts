import vwoSdk from 'vwo-node-sdk'
import { createVwoSdk } from '../../packages/client/dist/product/fullstack/vwo-sdk.js'
import type { Figure } from './support/figure.ts'
import { growthRow, ratioRow } from './support/figure.ts'
import { inTurns, timeOf, type Pair } from './support/measure.ts'
import { settingsOfCampaigns, settingsOfSize } from './support/settings.ts'

const sizes = [
  ['10 kB', 10_000, 300],
  ['100 kB', 100_000, 150],
  ['1 MB', 1_000_000, 40],
  ['5 MB', 5_000_000, 15],
] as const

const floorIs = 'P, JSON.parse of the same text'

/** From text in hand to live, over `JSON.parse` of the same text. */
export const swap: Figure = {
  name: 'swap',
  async measure(report) {
    const figures: { x: number; y: number }[] = []
    const floors: { x: number; y: number }[] = []
    for (const [size, bytes, rounds] of sizes) {
      const pair = await measureSwap(
        [settingsOfSize(bytes, 1, 'all'), settingsOfSize(bytes, 2, 'all')],
        rounds,
      )
      figures.push({ x: bytes, y: pair.figure.p50 })
      floors.push({ x: bytes, y: pair.floor.p50 })
      report.row(
        ratioRow({ row: `swap in place, ${size}`, floorIs, unit: 'ms', goal: { atMost: 1.5 } }, pair),
      )
    }
    const pair = await measureSwap([settingsOfCampaigns(1000, 1), settingsOfCampaigns(1000, 2)], 100)
    const row = 'swap in place, one campaign of 1,000 changed'
    report.row(ratioRow({ row, floorIs, unit: 'ms', goal: { atMost: 1.2 } }, pair))
    report.series({ chart: 'swap', name: 'swap', points: figures })
    report.series({ chart: 'swap', name: 'JSON.parse alone, floor', isFloor: true, points: floors })
    report.row(growthRow('growth with 10 kB → 5 MB: swap', 'ms', figures, { is: 'P', points: floors }))
  },
}

/** Each round swaps to the text that is not live. */
async function measureSwap(texts: readonly [string, string], rounds: number): Promise<Pair> {
  const live = createVwoSdk({
    sdk: vwoSdk,
    launch: { isDevelopmentMode: true },
    onCallbackError: () => {},
    onEventError: () => {},
  })
  live.commit(live.prepare(texts[0], true))
  let turn = 0
  const next = (): string => texts[(turn += 1) % 2 === 0 ? 0 : 1]
  // A short one is repeated: the clock is not finer than that.
  const repetitions = Math.max(1, Math.floor(rounds / 20))
  const pair = await inTurns(
    () => timeOf(() => live.commit(live.prepare(next(), true)), repetitions),
    () => timeOf(() => JSON.parse(next()), repetitions),
    { rounds },
  )
  live.release()
  return pair
}
