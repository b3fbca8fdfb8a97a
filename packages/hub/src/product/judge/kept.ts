import type { Warning, Warnings } from '../product.ts'
import type { SettingsText } from '../settings-text.ts'
import { isStrictly } from './unit-finding.ts'
import type { AnyFile, Format } from './format.ts'
import type { Proven } from './proven.ts'
import type { KnownCampaigns } from './parse-known.ts'
import { readCandidate } from './read-candidate.ts'
import { readJudged } from './read-judged.ts'

/** How much text is kept parsed at most, of all environments together, in bytes; parsed it takes some ten times that. */
const MOST_LENGTH = 4_000_000

/** What is published, as the thread is told of it. */
export interface PreviousQuestion {
  readonly sha256: string
  /** What was said of it when it was judged, by a hub of this version: then it need not be tried again. */
  readonly warnings: Warnings | undefined
  /** Only where the thread has asked for it. */
  readonly text?: SettingsText
}

/** A settings-file that may be published, and what is wrong with it. */
export interface Judged<File> {
  readonly file: File
  /** The same for words. */
  readonly tidied: File
  readonly warnings: readonly Warning[]
  /** For reading the next one. */
  readonly campaigns: KnownCampaigns
}

/** Settings-files that are kept parsed, because the next one is compared with them. */
export interface Kept<File> {
  /** @returns undefined when it is not kept, and its text was not brought along, or cannot be read. */
  get(file: PreviousQuestion): Judged<File> | undefined
  add(sha256: string, length: number, judged: Judged<File>): void
}

/** @param proven - Is told of what a hub of this version has published, which need not be tried again. */
export function createKept<File extends AnyFile>(
  format: Format<File>,
  proven: Proven,
  mostLength: number = MOST_LENGTH,
): Kept<File> {
  const files = new Map<string, { readonly length: number; readonly judged: Judged<File> }>()
  let total = 0

  function forget(sha256: string): void {
    total -= files.get(sha256)?.length ?? 0
    files.delete(sha256)
  }

  function add(sha256: string, length: number, judged: Judged<File>): void {
    forget(sha256)
    files.set(sha256, { length, judged })
    total += length
    // The one just added stays, whatever its size; what has not been asked for longest goes first.
    for (const oldest of files.keys()) {
      if (total <= mostLength || oldest === sha256) return
      forget(oldest)
    }
  }

  /** What has been published was tried then. What something was told about is tried again: it is little. */
  function prove({ file, warnings }: Judged<File>): void {
    const { context, units, groups } = format.partsOf(file)
    const faults = warnings.filter(isStrictly)
    const told = new Set(faults.map(({ unit }) => unit))
    // What belongs to no unit may be about the root, or about any of the groups.
    if (!told.has(undefined)) {
      proven.add(context, {})
      for (const { key } of groups) proven.add(key, {})
    }
    for (const [place, unit] of format.units(file).entries())
      if (!told.has(String(unit?.key))) proven.add(units[place] ?? '', {})
  }

  return {
    get({ sha256, text, warnings }) {
      const found = files.get(sha256)
      if (found !== undefined) {
        add(sha256, found.length, found.judged)
        return found.judged
      }
      if (text === undefined) return undefined
      const judged = judgedBefore(format, text, warnings?.told)
      if (judged === undefined) return undefined
      if (warnings !== undefined && warnings.count === warnings.told.length) prove(judged)
      add(sha256, text.length, judged)
      return judged
    },
    add,
  }
}

function judgedBefore<File extends AnyFile>(
  format: Format<File>,
  text: SettingsText,
  warnings: readonly Warning[] = [],
): Judged<File> | undefined {
  const read = readCandidate(text, Number.POSITIVE_INFINITY, format.normalise)
  try {
    // Another version may have taken what this one would not.
    const { value, campaigns } = read.ok ? read : { value: readJudged(format, text), campaigns: new Map() }
    const file = value as File
    return { file, tidied: format.tidy(file), warnings, campaigns }
  } catch {
    // No hub has published that: somebody else has written over it.
    return undefined
  }
}
