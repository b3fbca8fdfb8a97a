import { createFmeTestClient } from '@vwo-hub/client/testing'
import { openFme } from '../../packages/client/dist/product/fme/open-fme.js'
import { silentNetworkClient } from '../../packages/client/dist/product/fme/events/network-client.js'
import { copyFmeSdk } from '../support/fme-copy.ts'
import { featuresOfSize } from './support/features.ts'
import type { Figure } from './support/figure.ts'
import { ratioRow } from './support/figure.ts'
import { inTurns, timeOf } from './support/measure.ts'

const sizes = [
  ['10 kB', 10_000, 300],
  ['100 kB', 100_000, 150],
  ['1 MB', 1_000_000, 40],
] as const

const sdk = copyFmeSdk()
/** From 1.36 on the SDK does not validate at each call. `VWO_FME_SDK` names such a version. */
const validates = process.env['VWO_FME_SDK'] === undefined
const goal = { atMost: validates ? 0.5 : 1 }
/** An app has decided more often before anybody measures: where it costs little, so do we. */
const decisions = validates ? 300 : 4000

const host = { requestRefresh: async () => {}, report() {}, warn() {} }
const silent = { isUsageStatsDisabled: true, isBatchingDisabled: true }

/** FME: from text in hand to live over `JSON.parse` of the same text, and a decision over the SDK's own. */
export const fme: Figure = {
  name: 'fme',
  async measure(report) {
    for (const [size, bytes, rounds] of sizes) {
      const texts = [featuresOfSize(bytes, 1), featuresOfSize(bytes, 2)] as const
      let turn = 0
      const next = (): string => texts[(turn += 1) % 2 === 0 ? 0 : 1]
      const live = openFme({ sdk, options: silent }, host, { sendsEvents: false })
      await live.commit(live.prepare(texts[0], true))
      const repetitions = Math.max(1, Math.floor(rounds / 20))
      const pair = await inTurns(
        () => timeOf(() => void live.commit(live.prepare(next(), true)), repetitions),
        () => timeOf(() => JSON.parse(next()), repetitions),
        { rounds },
      )
      live.release()
      const row = `FME: swap in place, ${size}`
      const floorIs = 'P, JSON.parse of the same text'
      report.row(ratioRow({ row, floorIs, unit: 'ms', goal: { atMost: 2 } }, pair))
    }

    const text = featuresOfSize(100_000, 1)
    const client = await createFmeTestClient({ sdk, settings: text, options: silent })
    // A copy of its own: what V8 has learnt of one shall not serve the other.
    const plain = await copyFmeSdk().init({
      ...{ ...silent, accountId: '123456', sdkKey: 'the-sdk-key', pollInterval: 2 ** 31 - 1 },
      ...{ settings: JSON.parse(text) as object, network: { client: silentNetworkClient as never } },
    })
    let user = 0
    const decide = async (decider: Pick<typeof plain, 'getFlag'> | typeof client): Promise<number> => {
      const begun = performance.now()
      await decider.getFlag('feature-1', { id: `user-${(user += 1)}` })
      return performance.now() - begun
    }
    const pair = await inTurns(
      () => decide(client),
      () => decide(plain),
      { rounds: decisions, warmUp: decisions / 4 },
    )
    await client.close()
    const row = 'FME: getFlag through the client, 100 kB'
    const floorIs = "D, the SDK's own decision"
    report.row(ratioRow({ row, floorIs, unit: 'ms', goal }, pair))
  },
}
