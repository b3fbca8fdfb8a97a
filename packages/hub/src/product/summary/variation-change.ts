import { nameOf, valueOf } from '../../text/words.ts'
import { fieldChanges, isSame, transition } from './field-change.ts'
import { type Variable, variablesChanges } from './inner-changes.ts'
import { matchById } from './match.ts'
import { segmentChange } from './segment-change.ts'

interface Variation {
  readonly id: number | string
  readonly name: string
  readonly weight: number | string
  readonly changes?: unknown
  readonly segments?: unknown
  readonly variables?: readonly Variable[] | undefined
}

const variationFields = new Set(['weight', 'changes', 'segments', 'variables'])

/** What changed of the variations of a test. */
export function variationsChanges(before: readonly Variation[], after: readonly Variation[]): string[] {
  const { pairs, added, removed, isReordered } = matchById(before, after)
  const texts = pairs.flatMap(([from, to]) => {
    const name = nameOf(to.name)
    return variationChanges(from, to).map((text) => `${name} ${text}`)
  })
  for (const { name, weight } of added)
    texts.push(`new variation ${nameOf(name)} (weight ${valueOf(weight)})`)
  for (const { name } of removed) texts.push(`variation ${nameOf(name)} removed`)
  if (isReordered) texts.push('variations in another order')
  return texts
}

function variationChanges(before: Variation, after: Variation): string[] {
  const texts: string[] = []
  if (before.weight !== after.weight) {
    texts.push(transition('weight', valueOf(before.weight), valueOf(after.weight)))
  }
  texts.push(...variablesChanges(before.variables, after.variables))
  // In a variation, segments say who is forced into it.
  texts.push(...segmentChange('whitelisting', before.segments, after.segments, 'nobody'))
  if (!isSame(before.changes ?? {}, after.changes ?? {})) texts.push('content changed')
  texts.push(...fieldChanges(before, after, variationFields))
  return texts
}
