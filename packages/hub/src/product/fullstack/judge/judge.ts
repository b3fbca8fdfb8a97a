import { findLostMembers, type SettingsFile } from '@vwo-hub/protocol/fullstack'
import { sha256Of } from '@vwo-hub/protocol'
import type { Accepted, Owner, Warning } from '../../product.ts'
import type { LoadedSdk } from '../dry-run/load-sdk.ts'
import { createLaunch } from '../dry-run/trial.ts'
import { summariseChange } from '../summary/summary.ts'
import { findDanger } from './danger.ts'
import { endingOf } from './ending.ts'
import { type Finding, isStrictly, plainFindings, refusalOf } from './findings.ts'
import { createKept, type Judged, type PreviousQuestion } from './kept.ts'
import { type Parts, partsOf } from './parts.ts'
import { createProven, type Outcome, type Proven } from './proven.ts'
import { readCandidate } from './read-candidate.ts'
import { faultOf, rootFault } from './schema.ts'
import { findStranger } from './stranger.ts'
import { createTry } from './try-parts.ts'
import { tidy } from './tidy.ts'
import { newWarnings, told } from './warnings.ts'
import { withoutKeys } from '../without-keys.ts'

/** What the thread is asked. */
export interface JudgeQuestion {
  /** In memory that both threads see: it is neither copied nor lost with the thread. */
  readonly body: Uint8Array
  readonly maxBytes: number
  readonly owner: Partial<Owner>
  readonly isStrict: boolean
  /** What is published; its text only where the thread has asked for it. */
  readonly previous: PreviousQuestion | undefined
}

export type JudgeAnswer =
  | { readonly ok: false; readonly why: string }
  /** It does not have the text of what is published: it has to be asked again, with that. */
  | { readonly ok: 'previous' }
  | (Omit<Accepted, 'text'> & {
      /** What has been proven by it and was not before, for the next thread. */
      readonly proven: Uint8Array
    })

/** Judges one settings-file after the other, in one pass each: it is parsed once, and nothing of it leaves but words. */
export function createJudge(
  loaded: Extract<LoadedSdk, { ok: true }>,
  { proven: known, progress }: { readonly proven: readonly Uint8Array[]; readonly progress: Int32Array },
): (question: JudgeQuestion) => JudgeAnswer {
  const proven = createProven(known)
  const kept = createKept(proven)
  const tryFile = createTry({ launch: createLaunch(loaded), proven, progress })

  return ({ body, maxBytes, owner, isStrict, previous: asked }) => {
    const refuse = (why: string): JudgeAnswer => ({ ok: false, why: withoutKeys(why, [owner.sdkKey]) })
    Atomics.store(progress, 0, 0)
    const previous = asked && kept.get(asked)
    if (asked !== undefined && previous === undefined) return { ok: 'previous' }

    const read = readCandidate(body, maxBytes, previous?.campaigns)
    if (!read.ok) return refuse(read.why)
    const ofRoot = rootFault(read.value)
    if (ofRoot !== undefined && !hasCampaigns(read.value))
      return refuse(`${ofRoot.place || 'the file'}: ${ofRoot.why}`)
    const file = read.value as SettingsFile
    const stranger = findStranger(file, owner) ?? findDanger(file)
    if (stranger !== undefined) return refuse(stranger)
    const parts = partsOf(file)
    const refusal = tryFile(file, parts, ofRoot === undefined)
    // What a schema says of it is told in better words than the SDK's own.
    if (refusal !== undefined)
      return refuse(
        ofRoot !== undefined && refusal.startsWith('the file: ') ? `${ofRoot.place}: ${ofRoot.why}` : refusal,
      )

    const findings = findingsOf(file, parts, proven, ofRoot)
    const strictly = isStrict ? findings.find(isStrictly) : undefined
    if (strictly !== undefined) return refuse(refusalOf(strictly))
    const tidied = findings.some(isStrictly) ? tidy(file) : file
    const warnings = findings.map(({ warning }) => warning)
    const judged: Judged = { file, tidied, warnings, campaigns: read.campaigns }
    const sha256 = sha256Of(read.text)
    const bytes = read.text.length
    kept.add(sha256, bytes, judged)
    const summary = summariseChange(previous?.tidied, tidied).summary
    return {
      ok: true,
      sha256,
      bytes,
      accountId: String(file.accountId),
      units: file.campaigns.length,
      ...withoutKeys(
        {
          summary: `${summary}${newWarnings(previous?.warnings, judged.warnings)}`,
          warnings: told(judged.warnings),
          ending: endingOf(previous, judged),
        },
        [owner.sdkKey, file.sdkKey, previous?.file.sdkKey],
      ),
      proven: proven.take(),
    }
  }
}

/** Without a list of them an SDK takes it that there are none, and everything ends. */
function hasCampaigns(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Array.isArray((value as { campaigns?: unknown }).campaigns)
}

/** Everything that is wrong with a file, whether it was tried now or before. */
function findingsOf(
  file: SettingsFile,
  { campaigns, groups, isFirst }: Parts,
  proven: Proven,
  ofRoot: Outcome['fault'],
): Finding[] {
  const findings: Finding[] = []
  const units = file.campaigns as readonly ({ readonly key?: unknown } | null)[]
  const note = (index: number | undefined, { fault, isMute }: Outcome, of = index): void => {
    if (fault === undefined) return
    const unit = of === undefined ? undefined : String(units[of]?.key)
    const warning: Warning = { ...fault, ...(unit !== undefined && { unit }), ...(isMute && { isMute }) }
    findings.push({ index, warning })
  }
  if (ofRoot !== undefined) note(undefined, { fault: ofRoot })
  for (const [place, key] of campaigns.entries()) note(place, proven.get(key) ?? {})
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
