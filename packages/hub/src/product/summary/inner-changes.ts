/**
 * What changed of variables, and of what is counted.
 *
 * @module
 */
import { nameOf, valueOf } from '../../text/words.ts'
import { fieldChanges, isSame, transition } from './field-change.ts'
import { matchById } from './match.ts'

export interface Variable {
  readonly id: number | string
  readonly key: string
  readonly value?: unknown
}

interface Event {
  readonly id: number | string
  readonly identifier: string
}

const variableFields = new Set(['value'])

export function variablesChanges(
  before: readonly Variable[] | undefined = [],
  after: readonly Variable[] | undefined = [],
): string[] {
  const { pairs, added, removed } = matchById(before, after)
  const texts = pairs.flatMap(([from, to]) => {
    const label = `variable ${codeOf(to.key)}`
    const changes = fieldChanges(from, to, variableFields).map((text) => `${label} ${text}`)
    if (!isSame(from.value, to.value))
      changes.unshift(transition(label, valueOf(from.value), valueOf(to.value)))
    return changes
  })
  for (const { key, value } of added) texts.push(`new variable ${codeOf(key)} = ${valueOf(value)}`)
  for (const { key } of removed) texts.push(`variable ${codeOf(key)} removed`)
  return texts
}

/** @param noun - What they are called: `goal`, `metric`. */
export function eventsChanges(noun: string, before: readonly Event[], after: readonly Event[]): string[] {
  const { pairs, added, removed } = matchById(before, after)
  const texts = pairs.flatMap(([from, to]) =>
    fieldChanges(from, to).map((text) => `${noun} ${nameOf(to.identifier)} ${text}`),
  )
  for (const { identifier } of added) texts.push(`new ${noun} ${nameOf(identifier)}`)
  for (const { identifier } of removed) texts.push(`${noun} ${nameOf(identifier)} removed`)
  return texts
}

/** A name out of the app's code, in back-ticks. */
function codeOf(name: string): string {
  return `\`${nameOf(name).replaceAll('`', "'")}\``
}
