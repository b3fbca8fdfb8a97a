import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import type { Warning, Warnings } from '../../product.ts'
import type { SettingsText } from '../../settings-text.ts'
import { partsOf } from './parts.ts'
import type { Proven } from './proven.ts'
import { readJudged } from './read-candidate.ts'
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
      const file = readJudged(text) as SettingsFile
      const judged = { file, tidied: tidy(file), warnings: warnings?.told ?? [] }
      if (warnings !== undefined && warnings.count === warnings.told.length) prove(judged, proven)
      add(sha256, text.length, judged)
      return judged
    },
    add,
  }
}

/** What has been published was tried then, and what came of it has been told. */
function prove({ file, warnings }: Judged, proven: Proven): void {
  const { context, campaigns, groups } = partsOf(file)
  const faults = new Map<string, Warning>()
  for (const warning of warnings) {
    if (warning.kind !== 'fault' && warning.kind !== 'undecided') continue
    faults.set(warning.unit === undefined ? warning.place : `campaign ${warning.unit}`, warning)
  }
  const outcomeOf = (name: string): Parameters<Proven['add']>[1] => {
    const found = faults.get(name)
    if (found === undefined) return {}
    const { kind, place, why, isMute } = found
    const isOwn = !place.startsWith('campaignGroups')
    if (!isOwn || (kind !== 'fault' && kind !== 'undecided')) return {}
    return { fault: { kind, place, why }, ...(isMute === true && { isMute: true }) }
  }
  proven.add(context, {})
  for (const [place, key] of campaigns.entries())
    proven.add(key, outcomeOf(`campaign ${file.campaigns[place]?.key ?? ''}`))
  for (const { id, key } of groups) proven.add(key, outcomeOf(`groups[${JSON.stringify(id)}]`))
}
