/**
 * What the SDK notes while it decides. Each of its log lines is built from a template and from values; the values are
 * taken here before they become text, also where the line is not logged.
 *
 * @see vwo-node-sdk 1.73.0 `lib/utils/LogMessageUtil.js`, vwo-sdk-log-messages 0.12
 * @module
 */

import { nameOf } from '../../../text/words.ts'
import { type Range, rangesInWords } from '../../explain/ranges.ts'

/** Numbers and names that a log line is built from. */
export type Note = Readonly<Record<string, Plain>> & { readonly line: string }

type Plain = string | number | boolean

/** A choice by number among ranges: of variations, or of the campaigns of a group. */
export interface Choice {
  readonly line?: never
  readonly bucketValue: number
  readonly ranges: readonly Range<string>[]
}

/** Notes and choices in the order in which the SDK came to them. */
export type Trace = readonly (Note | Choice)[]

export function isNote(item: Note | Choice): item is Note {
  return item.line !== undefined
}

export function notesIn(trace: Trace): Note[] {
  return trace.filter((item) => isNote(item))
}

export function choicesIn(trace: Trace): Choice[] {
  return trace.filter((item) => !isNote(item))
}

export const rangeDetails = (choice: Choice | undefined): string[] =>
  rangesInWords(choice?.ranges ?? [], nameOf)

interface Ranged {
  readonly name?: unknown
  readonly key?: unknown
  readonly startVariationAllocation?: unknown
  readonly endVariationAllocation?: unknown
}

interface Bucketing {
  _getVariation: (ranged: readonly Ranged[], bucketValue: number) => unknown
}

interface Messages {
  build: (template: string, values: Readonly<Record<string, unknown>>) => string
}

interface Logging {
  readonly LogMessageEnum: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/**
 * Begins to listen to a copy of the SDK.
 *
 * @param inside - Gives the modules of that copy.
 * @returns What has been noted since the last call.
 */
export function listen(inside: (path: string) => unknown): () => Trace {
  const messages = inside('utils/LogMessageUtil') as Messages
  const bucketing = inside('core/BucketingService') as Bucketing
  const { LogMessageEnum } = inside('services/logging/index') as Logging
  const lines = new Map(
    Object.values(LogMessageEnum).flatMap((templates) =>
      Object.entries(templates).map(([line, template]) => [template, line] as const),
    ),
  )
  let trace: (Note | Choice)[] = []

  const { build } = messages
  messages.build = (template, values) => {
    trace.push({ ...plainValues(values), line: lines.get(template) ?? '' })
    return build(template, values)
  }
  const { _getVariation } = bucketing
  bucketing._getVariation = (ranged, bucketValue) => {
    trace.push({ bucketValue, ranges: ranged.map(rangeOf) })
    return _getVariation(ranged, bucketValue)
  }
  return () => {
    const taken = trace
    trace = []
    return taken
  }
}

/** Others, such as functions, cannot leave the thread. */
function plainValues(values: Readonly<Record<string, unknown>> = {}): Record<string, Plain> {
  const isPlain = (entry: [string, unknown]): entry is [string, Plain] =>
    ['string', 'number', 'boolean'].includes(typeof entry[1])
  return Object.fromEntries(Object.entries(values).filter(isPlain))
}

function rangeOf({ name, key, startVariationAllocation, endVariationAllocation }: Ranged): Range<string> {
  return {
    // A campaign of a group is known by its key, a variation by its name.
    of: String(key ?? name),
    from: Number(startVariationAllocation),
    to: Number(endVariationAllocation),
  }
}
