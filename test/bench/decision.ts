import vwoSdk from 'vwo-node-sdk'
import { createTestClient } from '@vwo-hub/client/testing'
import type { Figure } from './support/figure.ts'
import { inTurns, timeOf } from './support/measure.ts'
import { settingsOfSize } from './support/settings.ts'

/** A decision through the façade, over the same decision by the SDK itself. */
export const decision: Figure = {
  name: 'decision',
  async measure(report) {
    const text = settingsOfSize(10_000)
    const silent = { isDevelopmentMode: true, logging: { level: 4 as const, logger: { log: () => {} } } }
    const facade = createTestClient({ sdk: vwoSdk, settings: text, launch: silent })
    const { info } = console
    console.info = () => {}
    const sdk = vwoSdk.launch({ ...silent, settingsFile: JSON.parse(text) as object } as never)
    console.info = info
    let user = 0
    const pair = await inTurns(
      () => timeOf(() => facade.getVariationName('campaign-1', `user-${(user += 1)}`), 200) * 1000,
      () => timeOf(() => sdk.getVariationName('campaign-1', `user-${(user += 1)}`), 200) * 1000,
      { rounds: 300 },
    )
    await facade.close()
    report({
      row: 'decision through the façade',
      floor: "the SDK's own decision",
      unit: 'µs',
      goal: 1.01,
      pair,
    })
  },
}
