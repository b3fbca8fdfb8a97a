import { hash } from 'node:crypto'

/** How a settings-file falls into parts that are decided by without each other. */
export interface Parts<Group extends GroupPart = GroupPart> {
  /** Everything that belongs to no unit and no group, as a key. */
  readonly context: string
  /** The key of each unit with what it points to, and with the context. */
  readonly units: readonly string[]
  /** By place: whether it is the first one of its name. Behind another one a unit is never decided for. */
  readonly isFirst: readonly boolean[]
  /** Those that have members. */
  readonly groups: readonly Group[]
}

/** Units that exclude each other are decided for together. */
export interface GroupPart {
  readonly id: string
  readonly key: string
  /** Places of units, in order. */
  readonly members: readonly number[]
}

/** A group, and what decisions in it depend on besides its members. */
export interface Grouped<Group extends GroupPart> {
  readonly group: Omit<Group, 'key'>
  readonly content: readonly unknown[]
}

/** @param digests - What stands for each unit with what it points to. */
export function partsFrom<Group extends GroupPart>({
  context,
  digests,
  isFirst,
  groups,
}: {
  readonly context: string
  readonly digests: readonly string[]
  readonly isFirst: readonly boolean[]
  readonly groups: readonly Grouped<Group>[]
}): Parts<Group> {
  return {
    context,
    units: digests.map(
      (digest, place) => `${context}${isFirst[place] === true ? 'first' : 'behind'}${digest}`,
    ),
    isFirst,
    groups: groups.map(({ group, content }) => {
      const members = group.members.map((place) => digests[place] ?? '')
      return { ...group, key: keyOf([context, 'group', JSON.stringify(content), ...members]) } as Group
    }),
  }
}

/**
 * What stands for the root.
 *
 * @param apart - Fields that decisions do not depend on, or that are parts of their own. Everything else is context, also what
 *   nobody has heard of.
 */
export function contextOf(file: Readonly<Record<string, unknown>>, apart: ReadonlySet<string>): string {
  const names = Object.keys(file).filter((name) => !apart.has(name))
  return keyOf(names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(file[name]) ?? ''}`))
}

export function firstsOf(names: readonly unknown[]): boolean[] {
  const seen = new Set<unknown>()
  return names.map((name) => !seen.has(name) && seen.add(name).size > 0)
}

/** What stands for texts, in their order. */
export function keyOf(parts: readonly string[]): string {
  return hash('sha256', parts.join('\n'), 'base64')
}

const known = new WeakMap<object, string>()

/**
 * What stands for a part of settings-files, by its content. One that is the same object in the next settings-file is the same.
 *
 * @param part - Never changed afterwards.
 */
export function digestOf(part: unknown): string {
  const found = typeof part === 'object' && part !== null ? known.get(part) : undefined
  if (found !== undefined) return found
  const digest = keyOf([JSON.stringify(part) ?? ''])
  if (typeof part === 'object' && part !== null) known.set(part, digest)
  return digest
}
