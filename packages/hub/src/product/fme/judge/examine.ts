import type { SettingsFile } from '@vwo-hub/protocol/fme'
import type { Finding } from '../../judge/unit-finding.ts'
import type { Examine } from '../../judge/format.ts'
import type { Proven } from '../../judge/proven.ts'
import type { StartClient } from '../dry-run/start-client.ts'
import { plainFindings } from './findings.ts'
import { partsOf } from './parts.ts'
import { createTry } from './try-parts.ts'

/** @returns Tries one file: its root, each feature with its rules, each group. */
export function createExamine(
  start: StartClient,
  { proven, progress }: { readonly proven: Proven; readonly progress: Int32Array },
): Examine<SettingsFile> {
  const tryFile = createTry({ start, proven, progress })
  return async (file) => {
    const parts = partsOf(file)
    const refusal = await tryFile(file, parts)
    if (refusal !== undefined) return { refusal }
    const findings: Finding[] = []
    for (const [place, key] of parts.units.entries()) {
      const { fault, isMute } = proven.get(key) ?? {}
      const unit = file.features[place]?.key
      if (fault === undefined || unit === undefined) continue
      findings.push({ within: `features[${place}]`, warning: { ...fault, unit, ...(isMute && { isMute }) } })
    }
    for (const { key } of parts.groups) {
      const { fault } = proven.get(key) ?? {}
      if (fault !== undefined) findings.push({ within: undefined, warning: fault })
    }
    return { findings: [...findings, ...plainFindings(file, parts)] }
  }
}
