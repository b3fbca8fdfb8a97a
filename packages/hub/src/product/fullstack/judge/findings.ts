import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { type Finding, shareFault } from '../../judge/finding.ts'
import type { Warning } from '../../product.ts'

/** What can be seen without trying: shares that do not add up, and what stands twice. */
export function plainFindings({ campaigns }: SettingsFile): Finding[] {
  const findings: Finding[] = []
  const keys = new Map<string, number>()
  for (const [index, campaign] of campaigns.entries()) {
    const note = (kind: Warning['kind'], place: string, why: string): void =>
      void findings.push({ within: `campaigns[${index}]`, warning: { kind, unit: campaign.key, place, why } })
    const first = keys.get(campaign.key)
    if (first !== undefined) {
      note(
        'duplicate',
        'key',
        `expected another one than that of campaigns[${first}], which is decided by alone`,
      )
      continue
    }
    keys.set(campaign.key, index)
    const { percentTraffic, variations, status } = campaign
    if (status !== 'RUNNING') continue
    if (percentTraffic < 0 || percentTraffic > 100)
      note('share', 'percentTraffic', `expected a number from 0 to 100, got ${percentTraffic}`)
    if (!Array.isArray(variations)) continue
    const found = shareFault(
      variations.map((variation) => Number((variation as { weight?: unknown } | null)?.weight)),
    )
    if (found !== undefined) note('share', found.place, found.why)
  }
  return findings
}
