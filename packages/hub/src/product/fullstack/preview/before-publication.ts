import { previewMoves } from './preview.ts'
import type { Log } from '../../../log/log.ts'
import { syntheticUsers } from './preview-users.ts'
import { previewInOneLine } from './preview-words.ts'

/** Enough for whole percents. */
const USERS = 2000
/** How much later a publication may come for it, in milliseconds. */
const TIMEOUT_MS = 5000

/**
 * Says whom a publication moves, for its summary: `12 % of users of checkout-test move`.
 *
 * @returns undefined when nobody moves, and when it could not be found out in time: it never stops a publication.
 */
export async function previewBeforePublication(
  { environment, log }: { readonly environment: string; readonly log: Log },
  previous: string,
  next: string,
): Promise<string | undefined> {
  try {
    const users = syntheticUsers(USERS)
    return previewInOneLine(await previewMoves({ environment, previous, next, users, timeoutMs: TIMEOUT_MS }))
  } catch (error) {
    log.info({ err: error }, 'published without a preview')
    return undefined
  }
}
