import type { Log } from '../log/log.ts'
import type { Environment } from '../environment/environment.ts'
import type { RefreshState } from '../environment/refresh-commands.ts'

/**
 * A pin and a hold end by themselves, by Redis' clock; the first hub that sees it does it.
 *
 * @returns Whether this one has: what has waited is due now.
 */
export async function endWhatIsOver(
  { act }: Pick<Environment, 'act'>,
  { meta, now }: RefreshState,
  log: Log,
): Promise<boolean> {
  const isOver = (until: string | undefined): until is string =>
    until !== undefined && !(Date.parse(until) > now)
  let hasEnded = false
  if (isOver(meta?.pinnedUntil)) {
    const summary = 'the pin has come to its end'
    hasEnded =
      (await act.unpin({ what: 'unpin', summary }, { which: meta.pinnedUntil, trigger: 'pin' })) !== undefined
    if (hasEnded) log.info({ pinnedUntil: meta.pinnedUntil }, summary)
  }
  if (isOver(meta?.heldUntil) && meta.heldSha256 !== undefined) {
    const summary = `released by itself, held back since ${meta.heldSince ?? 'an unknown time'}: ${meta.held ?? ''}`
    const entry = { what: 'release', summary, sha256: meta.heldSha256 }
    const lifted = await act.release(entry, { which: meta.heldSha256, trigger: 'guard' })
    hasEnded ||= lifted !== undefined
    if (lifted !== undefined) log.warn({ held: meta.held }, 'released by itself')
  }
  return hasEnded
}
