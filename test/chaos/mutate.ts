/**
 * Puts into settings what nobody has foreseen.
 *
 * @module
 */
import type { Random } from './random.ts'

/** What a hostile VWO has. */
export interface Hostile {
  readonly text: string
  /** Whether it may be published. */
  readonly isTolerated?: boolean
}

const huge = 'a number beyond all'

const oddities: readonly unknown[] = [
  ...[null, true, '', 'x'.repeat(100_000), '\u202E\u0000', '__proto__', 'regex(^(a?){9}$)', [], {}, [null]],
  ...[0, -1, 0.5, 2 ** 53, 1e308, -1e308, huge],
  JSON.parse(`${'['.repeat(150)}${']'.repeat(150)}`),
  { constructor: { prototype: null }, length: -1 },
]

type Slot = readonly [holder: Record<string, unknown>, name: string]

function slotsOf(value: unknown): Slot[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Record<string, unknown>
  return Object.keys(holder).flatMap((name) => [[holder, name] as const, ...slotsOf(holder[name])])
}

/** Changes one to four places of them: what is there is gone, doubled, or something else. */
export function mutate(values: readonly unknown[], random: Random): void {
  for (let times = random.integer(1, 4); times > 0; times -= 1) {
    const slots = values.flatMap(slotsOf)
    if (slots.length === 0) break
    const [holder, name] = random.pick(slots)
    const how = random.next()
    if (how < 0.2) delete holder[name]
    else if (how < 0.3 && Array.isArray(holder[name])) holder[name].push(...(holder[name] as unknown[]))
    else holder[name] = structuredClone(random.pick(oddities))
  }
}

/** As JSON, with numbers that JavaScript has none of. */
export function written(file: object): string {
  return JSON.stringify(file).replaceAll(JSON.stringify(huge), '1e400')
}
