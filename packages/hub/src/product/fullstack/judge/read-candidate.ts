import { normaliseSettings } from '@vwo-hub/protocol/fullstack'
import { readText } from '../../../untrusted/body-text.ts'
import type { SettingsText } from '../../settings-text.ts'
import { findHostility } from '../../../untrusted/hostility.ts'
import { parseJson } from '../../../untrusted/json.ts'
import { findExcess } from '../../../untrusted/measure.ts'

/**
 * What a settings-file may consist of: several times what VWO's own have for each byte. Parsed, as many objects take
 * some 100 MB.
 */
const LIMITS = { depth: 200, containers: 1_000_000, values: 4_000_000 }

/** A body as JSON that nobody trips over who walks it. */
export type ReadCandidate =
  | {
      readonly ok: true
      /** What was sent, without a byte order mark. */
      readonly text: SettingsText
      /** With lists for what came as `{}`. */
      readonly value: unknown
    }
  | { readonly ok: false; readonly why: string }

export function readCandidate(body: Uint8Array, maxBytes: number): ReadCandidate {
  const sent = readText(body, maxBytes)
  if (!sent.ok) return sent
  const excess = findExcess(body, LIMITS)
  if (excess !== undefined) return { ok: false, why: excess }
  const json = parseJson(sent.text)
  if (!json.ok) return { ok: false, why: `expected JSON, got something else ${json.place}` }
  const { value } = json
  const hostility = findHostility(value)
  if (hostility !== undefined) return { ok: false, why: hostility }
  if (typeof value === 'object' && value !== null) normaliseSettings(value)
  return { ok: true, text: withoutMark(body), value }
}

/** A settings-file that has been judged before. */
export function readJudged(text: SettingsText): unknown {
  const value = JSON.parse(new TextDecoder().decode(text)) as object
  normaliseSettings(value)
  return value
}

function withoutMark(body: Uint8Array): SettingsText {
  const hasMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf
  return hasMark ? body.subarray(3) : body
}
