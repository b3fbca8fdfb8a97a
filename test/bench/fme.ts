import { init } from 'vwo-fme-node-sdk'
import { createFmeTestClient } from '@vwo-hub/client/testing'
import { openFme } from '../../packages/client/dist/product/fme/open-fme.js'
import { silentNetworkClient } from '../../packages/client/dist/product/fme/events/network-client.js'
import { abTest, fmeSettings, rollout } from '../support/fme-settings.ts'
import type { Figure } from './support/figure.ts'
import { ratioRow } from './support/figure.ts'
import { inTurns, timeOf } from './support/measure.ts'

const sizes = [
  ['10 kB', 10_000, 300],
  ['100 kB', 100_000, 150],
  ['1 MB', 1_000_000, 40],
] as const

/** A settings-file of about that size, with one rollout and one test for each feature. */
function settingsOfSize(bytes: number, version: number): string {
  const of = (count: number): string =>
    JSON.stringify(
      fmeSettings(
        Array.from({ length: count }, (_, at) => ({ key: `feature-${at}`, rules: [rollout(), abTest()] })),
        { version },
      ),
    )
  const one = of(11).length - of(10).length
  return of(Math.max(1, Math.round(bytes / one)))
}

const host = { requestRefresh: async () => {}, report() {}, warn() {} }
const silent = { isUsageStatsDisabled: true, isBatchingDisabled: true }

/** FME: from text in hand to live over `JSON.parse` of the same text, and a decision over the SDK's own. */
export const fme: Figure = {
  name: 'fme',
  async measure(report) {
    for (const [size, bytes, rounds] of sizes) {
      const texts = [settingsOfSize(bytes, 1), settingsOfSize(bytes, 2)] as const
      let turn = 0
      const next = (): string => texts[(turn += 1) % 2 === 0 ? 0 : 1]
      const live = openFme({ sdk: { init }, options: silent }, host, { sendsEvents: false })
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

    const text = settingsOfSize(100_000, 1)
    const client = await createFmeTestClient({ sdk: { init }, settings: text, options: silent })
    const sdk = await init({
      ...{ ...silent, accountId: '123456', sdkKey: 'the-sdk-key', pollInterval: 2 ** 31 - 1 },
      ...{ settings: JSON.parse(text) as object, network: { client: silentNetworkClient as never } },
    })
    let user = 0
    const decide = async (decider: Pick<typeof sdk, 'getFlag'> | typeof client): Promise<number> => {
      const begun = performance.now()
      await decider.getFlag('feature-1', { id: `user-${(user += 1)}` })
      return performance.now() - begun
    }
    const pair = await inTurns(
      () => decide(client),
      () => decide(sdk),
      { rounds: 300 },
    )
    await client.close()
    const row = 'FME: getFlag through the client, 100 kB'
    const floorIs = "D, the SDK's own decision"
    report.row(ratioRow({ row, floorIs, unit: 'ms', goal: { atMost: 0.5 } }, pair))
  },
}
