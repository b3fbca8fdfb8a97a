import { setTimeout as delay } from 'node:timers/promises'

/**
 * Looks ten times a second, for half a minute at most. A look that fails is one that says no.
 *
 * @param {() => Promise<boolean>} isSo
 * @returns Whether it became so.
 */
export async function until(isSo) {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await isSo().catch(() => false)) return true
    await delay(100)
  }
  return false
}
