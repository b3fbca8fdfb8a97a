import { createHash } from 'node:crypto'
import type { SettingsFile } from '@vwo-hub/client/protocol'

/** How many campaigns are remembered, of all environments together; some 100 bytes each. */
const REMEMBERED = 50_000

/**
 * Campaigns that the SDK has decided for without a fault. One that stands in the next settings-file to the letter, with
 * the same flags around it, is decided for in the same way and need not be tried again: an update then costs what has
 * changed, not the whole file. Not for campaigns of a group, whose decisions depend on each other.
 */
export interface Proven {
  /** @returns Under what a campaign of this settings-file is remembered. */
  keysIn(settingsFile: SettingsFile): (campaign: SettingsFile['campaigns'][number]) => string
  has(key: string): boolean
  add(key: string): void
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64')

export function createProven(): Proven {
  const known = new Set<string>()
  return {
    keysIn(settingsFile) {
      const context = hash(JSON.stringify({ ...settingsFile, campaigns: undefined }))
      return (campaign) => hash(context + JSON.stringify(campaign))
    },
    has: (key) => known.has(key),
    add(key) {
      if (known.size >= REMEMBERED) known.clear()
      known.add(key)
    },
  }
}
