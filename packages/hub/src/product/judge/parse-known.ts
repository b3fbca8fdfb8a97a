import { findHostility } from '../../untrusted/hostility.ts'
import type { Span } from '../../untrusted/scan.ts'

/** Campaigns by their text, parsed and found harmless. */
export type KnownCampaigns = ReadonlyMap<string, unknown>

/** A settings-file, and its campaigns by their text. */
interface ParsedKnowing {
  readonly value: unknown
  readonly campaigns: KnownCampaigns
}

/** A settings-file as it was sent. */
export interface Sent {
  readonly body: Uint8Array
  /** The same, decoded. */
  readonly text: string
  /** Where its campaigns are in the body. */
  readonly items: readonly Span[]
}

/**
 * Parses a settings-file whose campaigns were mostly there before: those are not parsed again, and are the same objects
 * as before. So a change costs what it changes, apart from a look at each byte.
 *
 * What is left of the text, with `{}` for each campaign, has to be JSON, and so has each campaign by itself: then the
 * whole is, and says the same.
 *
 * @returns undefined for what is no JSON or not harmless, and where it cannot be told: then parse the whole.
 */
export function parseKnowing({ body, text, items }: Sent, known: KnownCampaigns): ParsedKnowing | undefined {
  // In ASCII a piece is cut out of the text, which copies nothing.
  const isAscii = body.length === text.length
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length)
  const cut = (start: number, end: number): string =>
    isAscii ? text.slice(start, end) : bytes.toString('utf8', start, end)
  const campaigns = new Map<string, unknown>()
  const list: unknown[] = []
  const frame: string[] = []
  let end = 0
  try {
    for (const [start, next] of items) {
      frame.push(cut(end, start))
      end = next
      const piece = cut(start, next)
      const campaign: unknown = known.get(piece) ?? JSON.parse(piece)
      if (!known.has(piece) && findHostility(campaign) !== undefined) return undefined
      campaigns.set(piece, campaign)
      list.push(campaign)
    }
    frame.push(cut(end, body.length))
    const value = JSON.parse(frame.join('{}')) as { campaigns?: unknown }
    if (!Array.isArray(value.campaigns) || value.campaigns.length !== list.length) return undefined
    if (findHostility(value) !== undefined) return undefined
    value.campaigns = list
    return { value, campaigns }
  } catch {
    return undefined
  }
}
