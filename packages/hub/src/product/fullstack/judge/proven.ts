import { hash } from 'node:crypto'

/** How many campaigns are remembered, of all environments together; some 100 bytes each. */
const REMEMBERED = 50_000

/** Of a hash, in base64url: 24 bytes, so that keys that follow each other can be told apart. */
const KEY_LENGTH = 32
const KEY_BYTES = 24

/** What of a settings-file has not been proven yet. */
export interface Untried {
  /** The settings-file with only those campaigns that have to be tried. */
  readonly file: unknown
  /** Where each of them stands among all campaigns. */
  readonly places: readonly number[]
  /**
   * They work: they need not be tried again.
   *
   * @returns What is remembered of it, for another {@link createProven}.
   */
  confirm(): Uint8Array
}

/**
 * Campaigns that have passed schema and dry run. One that stands in the next settings-file to the letter, with the same
 * flags around it, is decided for in the same way and need not be tried again: an update costs what has changed, not the
 * whole file. Campaigns that share a group decide together, and so are proven together.
 */
export interface Proven {
  /**
   * @param file - Parsed JSON without numbers that are not finite: as text these are `null`, and so would be mistaken.
   * @returns undefined when all of it is proven.
   */
  untriedIn(file: unknown): Untried | undefined
}

/** @param remembered - What others have confirmed. */
export function createProven(remembered: readonly Uint8Array[] = []): Proven {
  const known = new Set(remembered.flatMap(keysIn))

  function add(key: string): void {
    if (known.size >= REMEMBERED) known.clear()
    known.add(key)
  }

  return {
    untriedIn(file) {
      if (!isRecord(file) || !Array.isArray(file['campaigns']))
        return { file, places: [], confirm: () => new Uint8Array() }
      const campaigns: readonly unknown[] = file['campaigns']
      const context = keyOf(JSON.stringify({ ...file, campaigns: [] }))
      const isGrouped = membershipIn(file)
      const keys = keysOf(campaigns, context, isGrouped)
      const firsts = firstOfEachName(campaigns)
      const wanted = new Set<number>()
      for (const [index, campaign] of campaigns.entries()) {
        if (known.has(keys[index] ?? '')) continue
        wanted.add(index)
        wanted.add(firsts.get(nameOf(campaign)) ?? index)
      }
      if (wanted.size === 0 && known.has(context)) return undefined
      const areGroupsWanted = [...wanted].some((index) => isGrouped(campaigns[index]))
      const places = [...campaigns.keys()].filter(
        (index) => wanted.has(index) || (areGroupsWanted && isGrouped(campaigns[index])),
      )
      return {
        file: { ...file, campaigns: places.map((index) => campaigns[index]) },
        places,
        confirm() {
          // Behind another one of the same key it is never decided for, so nothing is proven of it.
          const decided = places.filter((index) => firsts.get(nameOf(campaigns[index])) === index)
          const fresh = [context, ...decided.map((index) => keys[index] ?? '')].filter(
            (key) => !known.has(key),
          )
          for (const key of fresh) add(key)
          return Buffer.from(fresh.join(''), 'base64url')
        },
      }
    },
  }
}

type IsGrouped = (campaign: unknown) => boolean

/** Under what each campaign is remembered. */
function keysOf(campaigns: readonly unknown[], context: string, isGrouped: IsGrouped): string[] {
  const texts = campaigns.map((campaign) => JSON.stringify(campaign))
  const grouped = keyOf(context, ...texts.filter((_, index) => isGrouped(campaigns[index])))
  return texts.map((text, index) => keyOf(isGrouped(campaigns[index]) ? grouped : context, text))
}

const keyOf = (...parts: readonly string[]): string =>
  hash('sha256', parts.join('\n'), 'base64url').slice(0, KEY_LENGTH)

/** A campaign belongs to a group by its own word or by the group's. */
function membershipIn({ campaignGroups, groups }: Readonly<Record<string, unknown>>): IsGrouped {
  const ids = new Set(Object.keys(isRecord(campaignGroups) ? campaignGroups : {}).map(asInteger))
  for (const group of Object.values(isRecord(groups) ? groups : {})) {
    const listed: unknown = isRecord(group) ? group['campaigns'] : undefined
    if (Array.isArray(listed)) for (const id of listed) ids.add(asInteger(id))
  }
  return (campaign) => ids.size > 0 && isRecord(campaign) && ids.has(asInteger(campaign['id']))
}

/** As the SDK compares the ids of campaigns. */
const asInteger = (id: unknown): number => Number.parseInt(String(id), 10)

function firstOfEachName(campaigns: readonly unknown[]): ReadonlyMap<unknown, number> {
  const firsts = new Map<unknown, number>()
  for (const [index, campaign] of campaigns.entries()) {
    const name = nameOf(campaign)
    if (!firsts.has(name)) firsts.set(name, index)
  }
  return firsts
}

/** The SDK finds a campaign by its key. */
const nameOf = (campaign: unknown): unknown => (isRecord(campaign) ? campaign['key'] : undefined)

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Keys that were joined by {@link Untried.confirm}. */
function keysIn(joined: Uint8Array): string[] {
  const bytes = Buffer.from(joined)
  return Array.from({ length: bytes.length / KEY_BYTES }, (_, index) =>
    bytes.toString('base64url', index * KEY_BYTES, (index + 1) * KEY_BYTES),
  )
}
