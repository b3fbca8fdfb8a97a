import type { ProductName } from '@vwo-hub/protocol'
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
  /** VWO has what is made for the next serial number, of each product, and says so with a webhook. */
  offer(make: (serial: number, product: ProductName) => Edition): Edition
  /** Serial number of the newest edition that may be published. */
  newest(): number
}

export const firstEdition = (product: ProductName): Edition => editionOf(1, {}, product)

/** @param vwos - Each has the first edition. What is published of one may be so of all. */
export function createEditor(vwos: ReadonlyMap<ProductName, VwoSimulator>, { record }: Diary): Editor {
  let serial = 1
  let newest = serial

  function note({ text: _text, ...edition }: Edition, product: ProductName): void {
    record({ kind: 'change', at: Date.now(), product, ...edition })
  }

  async function announce(edition: Edition, product: ProductName): Promise<void> {
    const isAccepted = await vwos.get(product)?.set(edition.text)
    if (isAccepted === true) record({ kind: 'accepted', at: Date.now(), product, serial: edition.serial })
  }

  function offer(make: Parameters<Editor['offer']>[0]): Edition {
    serial += 1
    const [first, ...rest] = [...vwos.keys()].map((product) => {
      const edition = make(serial, product)
      note(edition, product)
      void announce(edition, product)
      return edition
    })
    if (first === undefined) throw new Error('expected a product')
    if ([first, ...rest].every(({ isGood }) => isGood)) newest = serial
    return first
  }

  for (const product of vwos.keys()) note(firstEdition(product), product)
  return {
    offer,
    change: (options) => offer((next, product) => editionOf(next, options, product)),
    newest: () => newest,
  }
}
