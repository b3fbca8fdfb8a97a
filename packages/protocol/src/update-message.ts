import { isRevision } from './revision.ts'

/** One publication, as announced on the channel. */
export interface UpdateMessage {
  readonly type: 'update'
  readonly protocol: number
  /** What the writer can do beyond that; absent: 1. */
  readonly speaks?: number | undefined
  readonly environment: string
  /** As `meta` has it; absent: `fullstack`. */
  readonly product?: string | undefined
  /** As `meta` has it: tells messages apart that come from elsewhere under the same name. */
  readonly identity?: string | undefined
  readonly revision: number
  /** Of the UTF-8 text, in hexadecimal. */
  readonly sha256: string
  /** Length of the UTF-8 text. */
  readonly bytes: number
  /** Nodes that have to fetch do so at a random moment within this many milliseconds. */
  readonly spreadMs: number
  /** What it changed against the revision before it, in words for people. One that is too long is dropped. */
  readonly summary?: string | undefined
  /** The text itself, when it is not longer than `INLINE_LIMIT_BYTES`. */
  readonly settings?: string | undefined
}

/** A longer summary is dropped. */
const LONGEST_SUMMARY = 1000

const isText = (value: unknown): value is string => typeof value === 'string'
const isTextOrAbsent = (value: unknown): boolean => value === undefined || isText(value)
const isPositive = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0

/** What each field has to be; others may be there. */
const fields: Record<Exclude<keyof UpdateMessage, 'summary'>, (value: unknown) => boolean> = {
  type: (value) => value === 'update',
  protocol: isPositive,
  speaks: (value) => value === undefined || isPositive(value),
  environment: isText,
  product: isTextOrAbsent,
  identity: isTextOrAbsent,
  revision: isRevision,
  sha256: isText,
  bytes: (value) => value === 0 || isPositive(value),
  spreadMs: (value) => Number.isFinite(value) && (value as number) >= 0,
  settings: isTextOrAbsent,
}

/**
 * Reads a message of the channel, to which others may write. By hand: a client is part of every process of an app, and a
 * library for this would be most of its weight.
 *
 * @returns `undefined` where the text is no such message.
 */
export function readUpdateMessage(text: string): UpdateMessage | undefined {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof message !== 'object' || message === null) return undefined
  const given = message as Record<string, unknown>
  if (!Object.entries(fields).every(([name, isRight]) => isRight(given[name]))) return undefined
  const { summary, ...update } = given
  const isSummary = isText(summary) && summary.length <= LONGEST_SUMMARY
  return { ...update, ...(isSummary && { summary }) } as unknown as UpdateMessage
}
