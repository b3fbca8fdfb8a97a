import { findLostMembers, type SettingsFile } from '@vwo-hub/protocol/fullstack'
import { type Finding, refusalOf } from '../../judge/unit-finding.ts'
import type { Examine } from '../../judge/format.ts'
import type { Outcome, Proven } from '../../judge/proven.ts'
import type { Warning } from '../../product.ts'
import type { LoadedSdk } from '../dry-run/load-sdk.ts'
import { createLaunch } from '../dry-run/trial.ts'
import { plainFindings } from './findings.ts'
import { type Parts, partsOf } from './parts.ts'
import { faultOf, rootFault } from './schema.ts'
import { createTry } from './try-parts.ts'

/** @returns Tries one file: its root, each campaign, each group. */
export function createExamine(
  loaded: Extract<LoadedSdk, { ok: true }>,
  { proven, progress }: { readonly proven: Proven; readonly progress: Int32Array },
): Examine<SettingsFile> {
  const tryFile = createTry({ launch: createLaunch(loaded), proven, progress })
  return async (file) => {
    const ofRoot = rootFault(file)
    const parts = partsOf(file)
    const refusal = await tryFile(file, parts, ofRoot === undefined)
    if (refusal === undefined) return { findings: findingsOf(file, parts, proven, ofRoot) }
    // What a schema says of it is told in better words than the SDK's own.
    const isOfRoot = ofRoot !== undefined && refusal.startsWith('the file: ')
    return { refusal: isOfRoot ? refusalOf({ within: undefined, warning: ofRoot }) : refusal }
  }
}

/** Everything that is wrong with a file, whether it was tried now or before. */
function findingsOf(
  file: SettingsFile,
  { units: keys, groups, isFirst }: Parts,
  proven: Proven,
  ofRoot: Outcome['fault'],
): Finding[] {
  const findings: Finding[] = []
  const units = file.campaigns as readonly ({ readonly key?: unknown } | null)[]
  const note = (index: number | undefined, { fault, isMute }: Outcome, of = index): void => {
    if (fault === undefined) return
    const unit = of === undefined ? undefined : String(units[of]?.key)
    const warning: Warning = { ...fault, ...(unit !== undefined && { unit }), ...(isMute && { isMute }) }
    findings.push({ within: index === undefined ? undefined : `campaigns[${index}]`, warning })
  }
  if (ofRoot !== undefined) note(undefined, { fault: ofRoot })
  for (const [place, key] of keys.entries()) note(place, proven.get(key) ?? {})
  for (const { key } of groups) note(undefined, proven.get(key) ?? {})
  for (const { campaign, ...lost } of ofRoot === undefined ? findLostMembers(file) : []) {
    if (isFirst[campaign] !== true) continue
    const fault = faultOf(lost)
    // Nothing is decided by it, whatever is asked: the SDK looks for its group first.
    const isMute = lost.expected.endsWith('"groups"')
    note(undefined, { ...(fault && { fault }), ...(isMute && { isMute }) }, campaign)
  }
  return [...findings, ...plainFindings(file)]
}
