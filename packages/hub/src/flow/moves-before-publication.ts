import type { Log } from '../log/log.ts'
import { previewInOneLine } from '../product/preview/moves-in-words.ts'
import type { Judging } from '../product/product.ts'
import type { SettingsText } from '../product/settings-text.ts'

/** Enough for whole percents. */
const USERS = 2000
/** How much later a publication may come for it, in milliseconds. */
const TIMEOUT_MS = 5000

/**
 * Says whom a publication moves, for its summary: `12 % of users of checkout-test move`.
 *
 * @returns undefined when nobody moves, and when it could not be found out in time: it never stops a publication.
 */
export async function movesBeforePublication(
  {
    judging,
    environment,
    log,
  }: {
    readonly judging: Pick<Judging, 'preview'>
    readonly environment: string
    readonly log: Log
  },
  texts: { readonly previous: SettingsText; readonly next: SettingsText },
): Promise<string | undefined> {
  try {
    return previewInOneLine(
      await judging.preview({ environment, ...texts, users: USERS, timeoutMs: TIMEOUT_MS }),
    )
  } catch (error) {
    log.info({ err: error }, 'published without a preview')
    return undefined
  }
}
