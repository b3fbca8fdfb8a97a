import { LONGEST_HUB_WAIT_MS } from '@vwo-hub/protocol'
import type { Context } from 'hono'
import type { Latest } from '../../flow/latest.ts'
import { type Answer, header, inQuery } from '../description/operation.ts'
import { etagOf, hasTag, refuseOtherProduct, settings, settingsResponse } from '../admin/settings-response.ts'
import type { Waiting } from './waiting.ts'

/** What an app says beside its credential. */
export interface Wish {
  /** The revision that it has; 0 for none. */
  readonly after: number
  /** How long it waits for another one, in milliseconds. */
  readonly waitMs: number
  /** Whether the address itself says of which product its answers are. */
  readonly isOfProduct?: boolean
}

/** How that is described. */
export const wishes: readonly object[] = [
  inQuery(
    'after',
    'The revision that the app has: the answer is 304 while there is none after it. `If-None-Match` does the same by content.',
    { schema: { type: 'integer', minimum: 0 } },
  ),
  inQuery(
    'waitMs',
    `How long, in milliseconds, to wait for something else than the app has, at most ${LONGEST_HUB_WAIT_MS}.`,
    { schema: { type: 'integer', minimum: 0, maximum: LONGEST_HUB_WAIT_MS } },
  ),
]

const freshness = {
  'VWO-Hub-Now': header('Redis’ clock, Unix milliseconds.'),
  'VWO-Hub-Identity': header('A salted hash of account and sdkKey, as Redis has it.'),
}

/** How answers are described. */
export const newestSettings: Readonly<Record<200 | 304, Answer>> = {
  200: { ...settings[200], headers: { ...settings[200].headers, ...freshness } },
  304: {
    description: 'There is nothing else than the app has.',
    headers: { ...settings[200].headers, ...freshness },
  },
}

/** @returns In words what is wrong with it, where it is none. */
export function readWish(query: Readonly<Record<string, string>>): Wish | string {
  const { after = '0', waitMs = '0' } = query
  if (!/^\d{1,15}$/.test(after)) return 'after: expected a revision, got something else.'
  if (!/^\d{1,5}$/.test(waitMs) || Number(waitMs) > LONGEST_HUB_WAIT_MS)
    return `waitMs: expected milliseconds from 0 to ${LONGEST_HUB_WAIT_MS}, got something else.`
  return { after: Number(after), waitMs: Number(waitMs) }
}

/**
 * Answers with the newest settings as soon as they are others than the app has, and otherwise says at the end of its wish
 * that they are not.
 */
export function createAnswer(waiting: Waiting, staleAfterMs: number) {
  /** @returns `undefined` where nothing is published. */
  return async (context: Context, latest: Latest, wish: Wish): Promise<Response | undefined> => {
    const { after, waitMs, isOfProduct = false } = wish
    const isKnown = (): boolean => {
      const published = latest.current()
      if (published === undefined) return true
      return published.revision <= after || hasTag(context, etagOf(published.meta))
    }
    await latest.look()
    await waiting.until(() => !isKnown(), latest.watch, { waitMs, gone: context.req.raw.signal })
    const published = latest.current()
    if (published === undefined) return undefined
    const refusal = isOfProduct ? undefined : refuseOtherProduct(context, published)
    if (refusal !== undefined) return refusal
    context.header('VWO-Hub-Now', String(latest.now()))
    const { identity } = published.meta
    if (identity !== undefined) context.header('VWO-Hub-Identity', identity)
    return settingsResponse(context, published, latest, { staleAfterMs }, isKnown())
  }
}
