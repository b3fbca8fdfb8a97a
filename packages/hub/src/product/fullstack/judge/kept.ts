import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import type { Warning, Warnings } from '../../product.ts'
import type { SettingsText } from '../../settings-text.ts'
import { partsOf } from './parts.ts'
import type { Proven } from './proven.ts'
import type { KnownCampaigns } from './parse-known.ts'
import { readCandidate, readJudged } from './read-candidate.ts'
import { tidy } from './tidy.ts'

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
export interface Judged {
  readonly file: SettingsFile
  /** The same for words: see {@link tidy}. */
  readonly tidied: SettingsFile
  readonly warnings: readonly Warning[]
  /** For reading the next one. */
  readonly campaigns: KnownCampaigns
}

/** Settings-files that are kept parsed, because the next one is compared with them. */
export interface Kept {
  /** @returns undefined when it is not kept, and its text was not brought along. */
  get(file: PreviousQuestion): Judged | undefined
  add(sha256: string, length: number, judged: Judged): void
}

/** @param proven - Is told of what a hub of this version has published, which need not be tried again. */
export function createKept(proven: Proven, mostLength: number = MOST_LENGTH): Kept {
  const files = new Map<string, { readonly length: number; readonly judged: Judged }>()
  let total = 0

  function forget(sha256: string): void {
    total -= files.get(sha256)?.length ?? 0
    files.delete(sha256)
  }

  function add(sha256: string, length: number, judged: Judged): void {
    forget(sha256)
    files.set(sha256, { length, judged })
    total += length
    // The one just added stays, whatever its size; what has not been asked for longest goes first.
    for (const oldest of files.keys()) {
      if (total <= mostLength || oldest === sha256) return
      forget(oldest)
    }
  }

  return {
    get({ sha256, text, warnings }) {
      const found = files.get(sha256)
      if (found !== undefined) {
        add(sha256, found.length, found.judged)
        return found.judged
      }
      if (text === undefined) return undefined
      const judged = judgedBefore(text, warnings?.told)
      if (warnings !== undefined && warnings.count === warnings.told.length) prove(judged, proven)
      add(sha256, text.length, judged)
      return judged
    },
    add,
  }
}

function judgedBefore(text: SettingsText, warnings: readonly Warning[] = []): Judged {
  const read = readCandidate(text, Number.POSITIVE_INFINITY)
  // Another version may have taken what this one would not.
  const { value, campaigns } = read.ok ? read : { value: readJudged(text), campaigns: new Map() }
  const file = value as SettingsFile
  return { file, tidied: tidy(file), warnings, campaigns }
}

/** What has been published was tried then. What something was told about is tried again: it is little. */
function prove({ file, warnings }: Judged, proven: Proven): void {
  const { context, campaigns, groups } = partsOf(file)
  const faults = warnings.filter(({ kind }) => kind === 'fault' || kind === 'undecided')
  const units = new Set(faults.map(({ unit }) => unit))
  // What belongs to no campaign may be about the root, or about any of the groups.
  if (!units.has(undefined)) {
    proven.add(context, {})
    for (const { key } of groups) proven.add(key, {})
  }
  for (const [place, key] of campaigns.entries()) {
    const campaign = file.campaigns[place] as { readonly key?: unknown } | null | undefined
    if (!units.has(String(campaign?.key))) proven.add(key, {})
  }
}
