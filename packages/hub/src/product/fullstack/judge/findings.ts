import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { type Finding, findInUnits, shareFault } from '../../judge/unit-finding.ts'

/** What can be seen without trying: shares that do not add up, and what stands twice. */
export function plainFindings({ campaigns }: SettingsFile): Finding[] {
  return findInUnits('campaigns', campaigns, ({ percentTraffic, variations, status }, note) => {
    if (status !== 'RUNNING') return
    if (percentTraffic < 0 || percentTraffic > 100)
      note('share', 'percentTraffic', `expected a number from 0 to 100, got ${percentTraffic}`)
    if (!Array.isArray(variations)) return
    const found = shareFault(
      variations.map((variation) => Number((variation as { weight?: unknown } | null)?.weight)),
    )
    if (found !== undefined) note('share', found.place, found.why)
  })
}
