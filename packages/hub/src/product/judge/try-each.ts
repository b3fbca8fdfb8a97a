import { BACKTRACKS, createHarmCheck } from '../expressions/harmful.ts'
import { placeNamed, refusalOf } from './unit-finding.ts'
import type { GroupPart, Parts } from './parts.ts'
import type { Outcome, Proven } from './proven.ts'

export interface TryOptions {
  readonly proven: Proven
  /** Its element is set to one more than the place of the unit that is tried. */
  readonly progress: Int32Array
}

interface TryEachOptions<File, Group extends GroupPart, Trial> extends TryOptions {
  readonly list: 'campaigns' | 'features'
  /** So many units are tried with one launch: the SDK looks through all of them for each decision. */
  readonly together: number
  readonly triesOf: (file: File) => Tries<Group, Trial>
}

/** @returns Why a file is refused, with the place; undefined when it is not. */
export type TryFile<File, Group extends GroupPart = GroupPart> = (
  file: File,
  parts: Parts<Group>,
  /** Whether nothing is wrong with its root. @default true */
  isWhole?: boolean,
) => Promise<string | undefined>

/** How a product tries one settings-file. */
export interface Tries<Group extends GroupPart, Trial> {
  /** Tries everything but units and groups. @returns Why it is refused. */
  root(): Awaitable<string | undefined>
  /** Launches the SDK with the units of these places alone. */
  launch(
    places: readonly number[],
  ): Awaitable<{ readonly ok: true; readonly trial: Trial } | { readonly ok: false; readonly why: string }>
  /** What a schema has against a unit, in better words than the SDK's own. */
  faultOf?(place: number): Outcome['fault']
  /** Every regular expression of a unit. */
  expressionsOf(place: number): readonly string[]
  /** @param count - So many units are tried in all. @returns Why it is refused, or what it survives. */
  unit(trial: Trial, place: number, count: number): Awaitable<string | Outcome>
  group(group: Group): Awaitable<string | Outcome>
}

type Awaitable<T> = T | Promise<T>

/**
 * Tries what has not been tried of a settings-file: each unit by itself, each group with its members. What comes of it is
 * remembered, also what is wrong with it and survived.
 */
export function createTryEach<File, Group extends GroupPart, Trial>({
  list,
  together,
  triesOf,
  proven,
  progress,
}: TryEachOptions<File, Group, Trial>): TryFile<File, Group> {
  const isHarmful = createHarmCheck()
  const isKnown = (key: string): boolean => proven.get(key) !== undefined

  async function tryUnits(tries: Tries<Group, Trial>, parts: Parts): Promise<string | undefined> {
    const places = [...parts.units.entries()].flatMap(([place, key]) => (isKnown(key) ? [] : [place]))
    for (let from = 0; from < places.length; from += together) {
      const chunk = places.slice(from, from + together)
      const launched = await tries.launch(chunk)
      if (!launched.ok) return (await launchFault(tries, chunk)) ?? `the file: ${launched.why}`
      for (const place of chunk) {
        Atomics.store(progress, 0, place + 1)
        const key = parts.units[place] ?? ''
        if (parts.isFirst[place] !== true) {
          const fault = tries.faultOf?.(place)
          proven.add(key, { ...(fault && { fault }) })
          continue
        }
        if (tries.expressionsOf(place).some(isHarmful)) return `${list}[${place}]: ${BACKTRACKS}`
        const outcome = await tries.unit(launched.trial, place, places.length)
        if (typeof outcome === 'string') return `${list}[${place}]: ${outcome}`
        proven.add(key, outcome)
      }
    }
    return undefined
  }

  /** Which of them it is that the SDK does not launch with. */
  async function launchFault(
    tries: Tries<Group, Trial>,
    chunk: readonly number[],
  ): Promise<string | undefined> {
    for (const place of chunk) {
      const launched = await tries.launch([place])
      if (launched.ok) continue
      const warning = tries.faultOf?.(place) ?? { kind: 'fault', place: '', why: launched.why }
      return refusalOf({ within: `${list}[${place}]`, warning })
    }
    return undefined
  }

  return async (file, parts, isWhole = true) => {
    Atomics.store(progress, 0, 0)
    const tries = triesOf(file)
    if (!isWhole || !isKnown(parts.context)) {
      const why = await tries.root()
      if (why !== undefined) return `the file: ${why}`
      proven.add(parts.context, {})
    }
    const refusal = await tryUnits(tries, parts)
    if (refusal !== undefined) return refusal
    for (const group of parts.groups) {
      if (isKnown(group.key)) continue
      const outcome = await tries.group(group)
      if (typeof outcome === 'string') return `${placeNamed('groups', group.id)}: ${outcome}`
      proven.add(group.key, outcome)
    }
    return undefined
  }
}
