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
  /** VWO has what is made for the next serial number, and says so with a webhook. */
  offer(make: (serial: number) => Edition): Edition
  /** Serial number of the newest edition that may be published. */
  newest(): number
}

export const firstEdition = editionOf(1)

/** @param vwo - Has the first edition. */
export function createEditor(vwo: VwoSimulator, { record }: Diary): Editor {
  let { serial } = firstEdition
  let newest = firstEdition

  function note({ text: _text, ...edition }: Edition): void {
    record({ kind: 'change', at: Date.now(), ...edition })
  }

  async function announce(edition: Edition): Promise<void> {
    const isAccepted = await vwo.set(edition.text)
    if (isAccepted) record({ kind: 'accepted', at: Date.now(), serial: edition.serial })
  }

  function offer(make: (serial: number) => Edition): Edition {
    serial += 1
    const edition = make(serial)
    if (edition.isGood) newest = edition
    note(edition)
    void announce(edition)
    return edition
  }

  note(firstEdition)
  return {
    offer,
    change: (options) => offer((next) => editionOf(next, options)),
    newest: () => newest.serial,
  }
}
