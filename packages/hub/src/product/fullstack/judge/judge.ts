import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { normaliseSettings } from '@vwo-hub/protocol/fullstack'
import { sha256Of } from '@vwo-hub/protocol'
import { readText } from '../../../untrusted/body-text.ts'
import { findHostility } from '../../../untrusted/hostility.ts'
import { parseJson } from '../../../untrusted/json.ts'
import type { Accepted, Owner } from '../../product.ts'
import { tryDecisions } from '../dry-run/decisions.ts'
import type { VwoSdk } from '../dry-run/sdk.ts'
import { summariseChange } from '../summary/summary.ts'
import { endingOf } from './ending.ts'
import { findFault } from './fault.ts'
import { createKept } from './kept.ts'
import { createProven } from './proven.ts'
import { findStranger } from './stranger.ts'

/** What the thread is asked. */
export interface JudgeQuestion {
  /** In memory that both threads see: it is neither copied nor lost with the thread. */
  readonly body: Uint8Array
  readonly maxBytes: number
  readonly owner: Partial<Owner>
  /** What is published; its text only where the thread has asked for it. */
  readonly previous: { readonly sha256: string; readonly text?: string } | undefined
}

export type JudgeAnswer =
  | { readonly ok: false; readonly why: string }
  /** It does not have the text of what is published: it has to be asked again, with that. */
  | { readonly ok: 'previous' }
  | (Omit<Accepted, 'text'> & {
      /** Only where it is another one than the body. */
      readonly text: string | undefined
      /** What has been proven by it and was not before, for the next thread. */
      readonly proven: Uint8Array
    })

/** Judges one settings-file after the other, in one pass each: it is parsed once, and nothing of it leaves but words. */
export function createJudge(
  sdk: VwoSdk,
  { proven: known, progress }: { readonly proven: readonly Uint8Array[]; readonly progress: Int32Array },
): (question: JudgeQuestion) => JudgeAnswer {
  const proven = createProven(known)
  const kept = createKept()

  return ({ body, maxBytes, owner, previous: asked }) => {
    const refuse = (why: string): JudgeAnswer => ({ ok: false, why })
    const previous = asked && kept.get(asked)
    if (asked !== undefined && previous === undefined) return { ok: 'previous' }

    const sent = readText(body, maxBytes)
    if (!sent.ok) return refuse(sent.why)
    const json = parseJson(sent.text)
    if (!json.ok) return refuse(`expected JSON, got something else ${json.place}`)
    const { value } = json
    const hostility = findHostility(value)
    if (hostility !== undefined) return refuse(hostility)
    // Lists that came as `{}`: the one change that is made to what VWO sends.
    const isNormalised = typeof value === 'object' && value !== null && normaliseSettings(value)
    const untried = proven.untriedIn(value)
    const fault = untried && findFault(untried)
    if (fault !== undefined) return refuse(fault)
    const file = value as SettingsFile
    const stranger = findStranger(file, owner)
    if (stranger !== undefined) return refuse(stranger)
    let confirmed: Uint8Array = new Uint8Array()
    if (untried !== undefined) {
      const trial = { text: JSON.stringify(untried.file), places: untried.places }
      const why = tryDecisions(sdk, trial, progress)
      if (why !== undefined) return refuse(why)
      confirmed = untried.confirm()
    }

    const text = isNormalised ? JSON.stringify(file) : sent.text
    const sha256 = sha256Of(text)
    kept.add(sha256, text.length, file)
    return {
      ok: true,
      text: isNormalised ? text : undefined,
      sha256,
      bytes: Buffer.byteLength(text),
      accountId: String(file.accountId),
      units: file.campaigns.length,
      summary: summariseChange(previous, file).summary,
      ending: endingOf(previous, file),
      proven: confirmed,
    }
  }
}
