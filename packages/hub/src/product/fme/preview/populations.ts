/**
 * Kinds of users of whom a feature's decisions may differ: whose segments they fit, and for what they are listed.
 *
 * @module
 */
import { nameOf } from '../../../text/words.ts'
import { createFits, type Goal, type Segments, USER_ID } from '../../preview/fit.ts'
import { FEW, type Population, type Populations, withListed } from '../../preview/populations.ts'
import { listedIn, listedUsers } from '../../preview/whitelists.ts'
import type { UnitPreview } from '../../preview/preview.ts'
import { userWith } from '../segments.ts'
import type { Asked, Comparison } from './plan.ts'

/** So many rules are looked into. */
const MOST_RULES = 8
/** So many kinds of users, apart from those who are listed. */
const MOST_KINDS = 16
/** Of them so many are told apart among those who are listed: who fits all rules, and who fits none. */
const ALONE = 2
/** Of each list so many users are looked into. */
const MOST_IDS = 20

export async function populationsOf(comparison: Comparison, segments: Segments): Promise<Populations> {
  const { before, after } = comparison.asked
  const segmented = await bySegment(comparison, segments)
  const listed = await listedUsers(
    { before: before.lists, after: after.lists, others: [...before.otherLists, ...after.otherLists] },
    segments,
    (variables) => userWith(variables, 'variationTargetingVariables'),
  )
  const isWhole = listed.isWhole && !before.hasHashes && !after.hasHashes
  return withListed(segmented, segmented.populations.slice(0, ALONE), { ...listed, isWhole })
}

/** A rule that accepts some, on each side; on both the same segment where it has not changed. */
interface Asking {
  readonly name: string
  readonly before: object | undefined
  readonly after: object | undefined
}

type Sides = { readonly [Side in 'before' | 'after']?: boolean }

async function bySegment({ asked }: Comparison, segments: Segments): Promise<Populations> {
  const all = askingOf(asked)
  if (all.length === 0) return { populations: [{ fits: 'all' }], unknown: [] }
  const rules = all.slice(0, MOST_RULES)
  const parts = rules.flatMap(({ before, after }) => [before ?? [], after ?? []].flat())
  const { fit, accepts } = await createFits(segments, parts)
  const ids = [...new Set(parts.flatMap((part) => listedIn(part).slice(0, MOST_IDS)))]
  const isOpen = asked.before.isOpen || asked.after.isOpen
  const acceptedBy = async (given: object): Promise<Map<object, boolean>> => {
    const accepted = new Map<object, boolean>()
    for (const part of parts) accepted.set(part, await accepts(part, given))
    return accepted
  }
  const populations = new Map<string, Population>()
  const unknown = new Set<UnitPreview['unknown'][number]>(all.length > MOST_RULES ? ['both'] : [])
  for (const { goals, isWanted } of goalsFor(rules)) {
    if (populations.size >= MOST_KINDS) break
    const found = await fit(goals)
    if (found.kind === 'unknown' && isWanted !== undefined) unknown.add(isWanted)
    if (found.kind !== 'found') continue
    const accepted = await acceptedBy(found.variables)
    const kind = [...accepted.values()].join(' ')
    if (populations.has(kind)) continue
    const { [USER_ID]: id, ...variables } = found.variables
    const alike: string[] = []
    for (const one of id === undefined ? [] : ids)
      if ([...(await acceptedBy({ ...variables, [USER_ID]: one })).values()].join(' ') === kind)
        alike.push(one)
    populations.set(kind, {
      fits: 'all',
      with: whoInWords(rules, accepted),
      ...userWith(variables, 'customVariables'),
      ...(id !== undefined && { ids: alike }),
      ...(!isOpen && ![...accepted.values()].includes(true) && { most: FEW }),
    })
  }
  return { populations: [...populations.values()], unknown: [...unknown] }
}

/** Each rule once; one that is in both keeps its name, and its segment where that is the same. */
function askingOf({ before, after }: Record<'before' | 'after', Asked>): Asking[] {
  const [from, to] = [before, after].map(
    ({ own, others }) => new Map([...own, ...others].map(({ name, segment }) => [name, segment])),
  ) as [Map<string, object>, Map<string, object>]
  return [...new Set([...to.keys(), ...from.keys()])].map((name) => {
    const [old, now] = [from.get(name), to.get(name)]
    const isSame = JSON.stringify(old) === JSON.stringify(now)
    return { name, before: isSame ? now : old, after: now }
  })
}

/** Users who fit all rules, none, one alone, all but one; and of one that has changed, it before or now alone. */
function* goalsFor(
  rules: readonly Asking[],
): Generator<{ readonly goals: Goal[]; readonly isWanted?: 'both' | 'before' | 'after' }> {
  const goalsOf = ({ before, after }: Asking, to: Sides): Goal[] => [
    ...(before && to.before !== undefined ? [{ segment: before, isToFit: to.before }] : []),
    ...(after && to.after !== undefined && after !== before ? [{ segment: after, isToFit: to.after }] : []),
  ]
  const each = (to: (rule: Asking) => Sides): Goal[] => rules.flatMap((rule) => goalsOf(rule, to(rule)))
  const [none, both] = [
    { before: false, after: false },
    { before: true, after: true },
  ]
  yield { goals: each(() => both) }
  yield { goals: each(() => none) }
  for (const rule of rules) {
    const changed = rule.before !== rule.after && rule.before !== undefined && rule.after !== undefined
    const side = rule.before === undefined ? 'after' : rule.after === undefined ? 'before' : 'both'
    const kinds: Sides[] = changed
      ? [{ before: true, after: false }, { before: false, after: true }, both]
      : [both]
    for (const to of kinds) {
      yield { goals: each((one) => (one === rule ? to : none)) }
      const isWanted = to === both ? side : to.before === true ? 'before' : 'after'
      yield { goals: goalsOf(rule, to), isWanted }
    }
  }
  for (const rule of rules) yield { goals: each((one) => (one === rule ? none : both)) }
}

/** `who fit rolloutRule1, and testingRule1 only now`. */
function whoInWords(rules: readonly Asking[], accepted: ReadonlyMap<object, boolean>): string {
  const fitted = rules.flatMap(({ name, before, after }) => {
    const [old, now] = [before, after].map(
      (segment) => segment !== undefined && accepted.get(segment) === true,
    )
    if (!old && !now) return []
    const isOne = before === after || before === undefined || after === undefined
    const when = isOne || old === now ? '' : old === true ? ' only before' : ' only now'
    return [`${nameOf(name)}${when}`]
  })
  return fitted.length === 0 ? 'who fit no segment' : `who fit ${fitted.join(' and ')}`
}
