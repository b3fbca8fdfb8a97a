import vwoSdk from 'vwo-node-sdk'
import { createTestClient } from '@vwo-hub/client/testing'
import type { Figure } from './support/figure.ts'
import { ratioRow } from './support/figure.ts'
import { startChild } from './support/child.ts'
import { inTurns, spreadOf, timeOf } from './support/measure.ts'
import { settingsOfSize } from './support/settings.ts'
import { writeTemporary } from './support/temporary.ts'

/** A decision through the façade, over the same decision by the SDK itself: its time, and what it allocates. */
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
      () => timeOf(() => facade.getVariationName('campaign-1', `user-${(user += 1)}`), 100) * 1000,
      () => timeOf(() => sdk.getVariationName('campaign-1', `user-${(user += 1)}`), 100) * 1000,
      { rounds: 1000 },
    )
    await facade.close()
    const floorIs = "D, the SDK's own decision"
    report.row(
      ratioRow({ row: 'decision through the façade', floorIs, unit: 'µs', goal: { atMost: 1.01 } }, pair),
    )

    await using file = await writeTemporary(text)
    await using child = await startChild('fresh/allocations.mjs', [file.path], {
      execArgv: ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'],
    })
    const { facadeBytes, sdkBytes } = await child.next<{ facadeBytes: number[]; sdkBytes: number[] }>()
    const [figure, floor] = [spreadOf(facadeBytes), spreadOf(sdkBytes)]
    report.row({
      row: "bytes allocated by a decision through the façade, beyond the SDK's",
      unit: 'bytes',
      floorIs,
      figure,
      floor,
      value: figure.p50 - floor.p50,
      valueUnit: 'bytes',
      goal: { atMost: 16 },
    })
  },
}
