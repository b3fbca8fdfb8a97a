import type { SettingsText } from '../settings-text.ts'
import { findHostility } from '../../untrusted/hostility.ts'
import { parseJson } from '../../untrusted/json.ts'
import { scanJson } from '../../untrusted/scan.ts'
import { type KnownCampaigns, parseKnowing } from './parse-known.ts'

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
      /** For reading the next one. */
      readonly campaigns: KnownCampaigns
    }
  | { readonly ok: false; readonly why: string }

/** Puts lists and maps in place of what VWO's PHP side sends for empty ones. */
export type Normalise = (value: object) => unknown

const nothing: KnownCampaigns = new Map()

/**
 * @param normalise - The product's.
 * @param known - Campaigns of another one. Those that it has as well are the same objects in both.
 */
export function readCandidate(
  body: Uint8Array,
  maxBytes: number,
  normalise: Normalise,
  known: KnownCampaigns = nothing,
): ReadCandidate {
  if (body.length > maxBytes) {
    const why = `expected at most ${maxBytes} bytes (HUB_MAX_SETTINGS_BYTES), got ${body.length}`
    return { ok: false, why }
  }
  const text = decoded(body)
  if (text === undefined) return { ok: false, why: 'expected UTF-8, got bytes that are not' }
  const scanned = scanJson(body, LIMITS, 'campaigns')
  if (!scanned.ok) return scanned
  const { items } = scanned
  const parsed = (items && parseKnowing({ body, text, items }, known)) ?? parseWhole(text)
  if ('why' in parsed) return { ok: false, why: parsed.why }
  const { value, campaigns } = parsed
  if (typeof value === 'object' && value !== null) normalise(value)
  return { ok: true, text: withoutMark(body), value, campaigns }
}

/** @returns undefined for what is not UTF-8; a byte order mark is dropped. */
function decoded(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined
  }
}

/** Says what is wrong with it, and where. */
function parseWhole(text: string): { value: unknown; campaigns: KnownCampaigns } | { why: string } {
  const json = parseJson(text)
  if (!json.ok) return { why: `expected JSON, got something else ${json.place}` }
  const why = findHostility(json.value)
  return why === undefined ? { value: json.value, campaigns: nothing } : { why }
}

function withoutMark(body: Uint8Array): SettingsText {
  const hasMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf
  return hasMark ? body.subarray(3) : body
}
