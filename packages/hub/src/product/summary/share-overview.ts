import { nameOf, valueOf } from '../../text/words.ts'
import type { Share } from '../overview.ts'
import type { Variable } from './inner-changes.ts'
import { segmentInWords } from './segment-change.ts'

/** So many of one kind are told of a unit: nobody reads more, and a file may have any number. */
const MOST = 20

/** As many as are told. */
export const told = <Item>(items: readonly Item[]): readonly Item[] => items.slice(0, MOST)

/** Variables and their values: `colour = "grey"`. */
export function variablesInWords(variables: readonly Variable[] | undefined = []): string[] {
  return told(variables).map(({ key, value }) => `${nameOf(key)} = ${valueOf(value)}`)
}

/** The variations of a test. @param isForced - Whether somebody may be forced into one. */
export function sharesOf(
  variations: readonly {
    readonly name: string
    readonly weight: number | string
    readonly variables?: readonly Variable[] | undefined
    readonly segments?: unknown
  }[],
  isForced: boolean,
): Share[] {
  return told(variations).map(({ name, weight, variables, segments }) => {
    const whitelisted = isForced ? segmentInWords(segments, '') : ''
    return {
      name: nameOf(name),
      weight: percentOf(weight),
      variables: variablesInWords(variables),
      ...(whitelisted !== '' && { whitelisted }),
    }
  })
}

/** A share that can be drawn, whatever the file has in its place. */
export function percentOf(value: unknown): number {
  const number = Number(value)
  return Number.isFinite(number) ? Math.min(100, Math.max(0, number)) : 0
}
