import type { VwoSimulator } from '@vwo-hub/sandbox'
import type { Diary } from './diary.ts'
import { type Edition, editionOf, type Size } from './settings.ts'

/** What an edition is like. */
export interface ChangeOptions {
  readonly size?: Size
  readonly isGood?: boolean
}

/** Somebody at VWO who changes the settings-file again and again. */
export interface Editor {
  /** VWO has the next edition, and says so with a webhook. */
  change(options?: ChangeOptions): Edition
  /** Serial number of the newest edition that may be published. */
  newest(): number
}

export const firstEdition = editionOf(1)

/** @param vwo - Has the first edition. */
export function createEditor(vwo: VwoSimulator, { record }: Diary): Editor {
  let { serial } = firstEdition
  let newest = firstEdition

  function note({ serial: changed, sha256, isGood }: Edition): void {
    record({ kind: 'change', at: Date.now(), serial: changed, sha256, isGood })
  }

  async function announce(edition: Edition): Promise<void> {
    const isAccepted = await vwo.set(edition.text)
    if (isAccepted) record({ kind: 'accepted', at: Date.now(), serial: edition.serial })
  }

  note(firstEdition)
  return {
    change(options) {
      serial += 1
      const edition = editionOf(serial, options)
      if (edition.isGood) newest = edition
      note(edition)
      void announce(edition)
      return edition
    },
    newest: () => newest.serial,
  }
}
