import type { Published } from '../environment/meta.ts'
import type { RevisionEntry } from '../environment/read-history.ts'
import type { SettingsText } from '../product/settings-text.ts'

/** What a rollback goes back to when nobody names it. */
export interface StepBack {
  readonly to: number
  /** Newer ones that were passed over, because somebody has rolled back from their content before. */
  readonly passed: readonly number[]
}

/**
 * One step further back than what is live, by what was good rather than by the list: content that is live already, and
 * content that somebody has rolled back from, whoever published it again, is passed over.
 *
 * @param history - The kept revisions, newest first.
 * @param textOf - Reads the text of a kept revision.
 * @returns Undefined when nothing earlier is kept.
 */
export async function findStepBack(
  live: Published,
  history: readonly RevisionEntry[],
  textOf: (revision: number) => Promise<SettingsText>,
): Promise<StepBack | undefined> {
  const entries = new Map(history.map((entry) => [entry.revision, entry]))
  /** Where content was published first: a rollback publishes that of an earlier revision again. */
  function originOf(revision: number): number {
    const contentOf = entries.get(revision)?.contentOf
    return contentOf === undefined || contentOf >= revision ? revision : originOf(contentOf)
  }
  const texts = new Map<number, SettingsText>([[live.revision, live.text]])
  async function textIn(revision: number): Promise<SettingsText> {
    const text = texts.get(revision) ?? (await textOf(revision))
    texts.set(revision, text)
    return text
  }
  async function isSame(a: number, b: number): Promise<boolean> {
    if (originOf(a) === originOf(b)) return true
    if (entries.get(a)?.bytes !== entries.get(b)?.bytes) return false
    return Buffer.compare(await textIn(a), await textIn(b)) === 0
  }

  const withdrawn = history.flatMap(({ contentOf }, index) =>
    contentOf === undefined ? [] : (history[index + 1]?.revision ?? []),
  )
  const origin = originOf(live.meta.contentOf === undefined ? live.revision : Number(live.meta.contentOf))
  const passed: number[] = []
  for (const { revision } of history) {
    if (revision >= origin || (await isSame(revision, live.revision))) continue
    const isWithdrawn = await isAny(withdrawn, (bad) => isSame(revision, bad))
    if (!isWithdrawn) return { to: revision, passed }
    passed.push(revision)
  }
  return undefined
}

async function isAny(
  revisions: readonly number[],
  test: (revision: number) => Promise<boolean>,
): Promise<boolean> {
  for (const revision of revisions) {
    if (await test(revision)) return true
  }
  return false
}
