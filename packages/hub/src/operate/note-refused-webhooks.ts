import type { Environment } from '../environment/environment.ts'
import { counted } from '../text/words.ts'

/** How often the audit of an environment is told, in milliseconds: who posts them must not push out what it has. */
const TELL_AGAIN_MS = 3_600_000

/**
 * Tells the audit of webhooks with a wrong secret, the first at once and then how many there were; not that they were
 * refused depends on it. Metrics and log have them sooner.
 *
 * @param now - Milliseconds on a clock that never goes back.
 */
export function createRefusalNotes(
  now: () => number = () => performance.now(),
): (environment: Pick<Environment, 'name' | 'note'>, count: number) => void {
  const notes = new Map<string, { readonly toldAt: number; untold: number }>()
  return ({ name, note }, count) => {
    const last = notes.get(name)
    if (last !== undefined && now() - last.toldAt < TELL_AGAIN_MS) {
      last.untold += count
      return
    }
    notes.set(name, { toldAt: now(), untold: 0 })
    const refused = counted(count + (last?.untold ?? 0), 'webhook')
    const summary = `${refused} refused: wrong or missing secret. Compare x-vwo-auth at VWO with the configured secrets.`
    note({ what: 'webhook-refused', summary }).catch(() => {})
  }
}
