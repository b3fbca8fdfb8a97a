/** Two lists of things with ids, brought together. */
export interface Matched<T> {
  readonly pairs: readonly (readonly [before: T, after: T])[]
  readonly added: readonly T[]
  readonly removed: readonly T[]
  /** The common ones come in another order: users are bucketed along the list. */
  readonly isReordered: boolean
}

/** In one pass each, so that 5,000 campaigns take ten times as long as 500. */
export function matchById<T extends { readonly id: number | string }>(
  before: readonly T[],
  after: readonly T[],
): Matched<T> {
  return inStep(before, after) ?? matchByName(withUniqueIds(before), withUniqueIds(after))
}

/** Campaigns as apps know them: the first one of each key. One that has got another key is known by its id. */
export function matchCampaigns<T extends { readonly id: number | string; readonly key: string }>(
  before: readonly T[],
  after: readonly T[],
): Matched<T> {
  const { pairs, isReordered, ...others } = matchByName(firstOfEachKey(before), firstOfEachKey(after))
  const rest = matchById(others.removed, others.added)
  return { pairs: [...pairs, ...rest.pairs], added: rest.added, removed: rest.removed, isReordered }
}

/** In their order. */
export function firstOfEachKey<T extends { readonly key: string }>(items: readonly T[]): Map<string, T> {
  const found = new Map<string, T>()
  for (const item of items) if (!found.has(item.key)) found.set(item.key, item)
  return found
}

/** Nearly always the ids are the same, in the same order. */
function inStep<T extends { readonly id: number | string }>(
  before: readonly T[],
  after: readonly T[],
): Matched<T> | undefined {
  if (before.length !== after.length) return undefined
  const pairs: [T, T][] = []
  for (const [index, item] of after.entries()) {
    const counterpart = before[index]
    if (counterpart === undefined || counterpart.id !== item.id) return undefined
    pairs.push([counterpart, item])
  }
  return { pairs, added: [], removed: [], isReordered: false }
}

/** @param before - By a name that no other one has. */
function matchByName<T>(
  before: Iterable<readonly [string, T]>,
  after: Iterable<readonly [string, T]>,
): Matched<T> {
  const remaining = new Map([...before].map(([name, item], index) => [name, { item, index }]))
  const pairs: [T, T][] = []
  const added: T[] = []
  let isReordered = false
  let last = -1
  for (const [name, item] of after) {
    const counterpart = remaining.get(name)
    if (counterpart === undefined) {
      added.push(item)
      continue
    }
    remaining.delete(name)
    pairs.push([counterpart.item, item])
    isReordered ||= counterpart.index < last
    last = counterpart.index
  }
  return { pairs, added, removed: [...remaining.values()].map(({ item }) => item), isReordered }
}

/** Nothing forbids an id that is there twice: the first one is matched with the first, the second with the second. */
function withUniqueIds<T extends { readonly id: number | string }>(items: readonly T[]): [string, T][] {
  const seen = new Map<string, number>()
  return items.map((item) => {
    const id = String(item.id)
    const count = seen.get(id) ?? 0
    seen.set(id, count + 1)
    return [`${count}:${id}`, item]
  })
}
