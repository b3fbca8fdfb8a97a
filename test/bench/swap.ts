import vwoSdk from 'vwo-node-sdk'
import { createVwoSdk } from '../../packages/client/dist/vwo-sdk.js'
import type { Figure } from './support/figure.ts'
import { inTurns, timeOf } from './support/measure.ts'
import { settingsOfCampaigns, settingsOfSize } from './support/settings.ts'

const sizes = [
  ['10 kB', 10_000, 200],
  ['100 kB', 100_000, 100],
  ['1 MB', 1_000_000, 40],
  ['5 MB', 5_000_000, 10],
] as const

/** From text in hand to live, over `JSON.parse` of the same text. */
export const swap: Figure = {
  name: 'swap',
  async measure(report) {
    for (const [size, bytes, rounds] of sizes) {
      const texts = [settingsOfSize(bytes, 1), settingsOfSize(bytes, 2)]
      report({ row: `swap in place, ${size}`, ...(await measureSwap(texts, rounds)), goal: 1.5 })
    }
    const texts = [settingsOfCampaigns(1000, 1), settingsOfCampaigns(1000, 2)]
    report({ row: 'swap, one campaign of 1,000 changed', ...(await measureSwap(texts, 100)), goal: 1.2 })
  },
}

async function measureSwap(texts: readonly string[], rounds: number) {
  const live = createVwoSdk({ sdk: vwoSdk, launch: { isDevelopmentMode: true }, onCallbackError: () => {} })
  live.commit(live.prepare(texts[0] ?? '', true))
  let turn = 0
  const next = (): string => texts[(turn += 1) % texts.length] ?? ''
  const repetitions = Math.max(1, Math.floor(rounds / 20))
  const pair = await inTurns(
    () => {
      const text = next()
      return timeOf(() => live.commit(live.prepare(text, true)), repetitions)
    },
    () => {
      const text = next()
      return timeOf(() => JSON.parse(text), repetitions)
    },
    { rounds },
  )
  live.release()
  return { floor: 'JSON.parse of the same text', unit: 'ms', pair } as const
}
