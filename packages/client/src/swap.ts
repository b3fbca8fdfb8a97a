import { ClientError } from './errors.ts'
import type { Committed, Prepared, Product } from './product/product.ts'
import type { Source } from './state.ts'

/** How long a relaunch waits for calls that have promised an answer, in milliseconds. */
const DRAIN_TIMEOUT_MS = 1000

/** Settings that may become live. */
export interface SwapInput {
  readonly text: string
  readonly revision: number
  readonly source: Source
  /** The checksum says that a hub has published this text, and so has tried it with the real SDK. */
  readonly isProven: boolean
}

export interface Swapped {
  readonly revision: number
  readonly previousRevision: number
  readonly source: Source
  /** From text to live, in milliseconds. */
  readonly swapMs: number
}

/** Moves one client from revision to revision, only forward, one swap at a time. */
export interface Swapper {
  /** The live revision; -1 before the first settings. */
  revision(): number
  source(): Source | null
  /**
   * @param onLive - Called in the step that makes it live: nobody sees the new revision before it is told of.
   * @returns `undefined` when the revision is not newer than the live one, or the client was closed meanwhile.
   * @throws {@link ClientError} `settings-refused` or `swap-failed`; nothing has changed then.
   */
  swap(input: SwapInput, onLive?: (swapped: Swapped) => void): Promise<Swapped | undefined>
  /**
   * The same at once, without waiting for calls that have promised an answer. Only for products that commit at once, and
   * never beside `swap`.
   */
  swapNow(input: SwapInput): Swapped | undefined
  /** What is live counts as never published, revision 0, from here on: everything is newer. */
  disown(): void
  /** From here on nothing becomes live any more; of a commit that ends later, the product is released again. */
  close(): void
}

export function createSwapper<Settings extends Prepared>(
  environment: string,
  product: Pick<Product<object, Settings>, 'prepare' | 'commit' | 'drain' | 'release'>,
): Swapper {
  let revision = -1
  let source: Source | null = null
  let before: Promise<unknown> = Promise.resolve()
  let isClosed = false

  const isWanted = (input: SwapInput): boolean => !isClosed && input.revision > revision

  function noteLive(input: SwapInput, swapMs: number): Swapped {
    const previousRevision = Math.max(revision, 0)
    revision = input.revision
    source = input.source
    return { revision, previousRevision, source, swapMs }
  }

  /** Says which swap failed and what stays, around the reason that the product gives. */
  function failureOf(input: SwapInput, error: unknown): unknown {
    if (!(error instanceof ClientError)) return error
    const stays = revision >= 0 ? `Revision ${revision} stays in use.` : 'There are no settings in use yet.'
    return new ClientError(
      error.code,
      `Cannot swap "${environment}" to revision ${input.revision}: ${error.message}. ${stays}`,
      { cause: error },
    )
  }

  function swapNow(input: SwapInput): Swapped | undefined {
    if (!isWanted(input)) return undefined
    const startedAt = performance.now()
    let committed: Committed | Promise<Committed>
    try {
      committed = product.commit(product.prepare(input.text, input.isProven))
    } catch (error) {
      throw failureOf(input, error)
    }
    if (typeof committed !== 'string') throw new TypeError('expected a product that commits at once')
    return noteLive(input, performance.now() - startedAt)
  }

  /** What has to be waited for is followed by another look: the client may have been closed meanwhile. */
  async function swapInTurn(
    input: SwapInput,
    onLive: (swapped: Swapped) => void,
  ): Promise<Swapped | undefined> {
    if (!isWanted(input)) return undefined
    let startedAt = performance.now()
    try {
      const prepared = product.prepare(input.text, input.isProven)
      if (prepared.needsRelaunch) {
        const drainedAt = performance.now()
        await product.drain(DRAIN_TIMEOUT_MS)
        if (!isWanted(input)) return undefined
        startedAt += performance.now() - drainedAt
      }
      const committed = product.commit(prepared)
      if (typeof committed !== 'string') await committed
    } catch (error) {
      throw failureOf(input, error)
    }
    if (isClosed) product.release()
    if (!isWanted(input)) return undefined
    const swapped = noteLive(input, performance.now() - startedAt)
    onLive(swapped)
    return swapped
  }

  return {
    revision: () => revision,
    source: () => source,
    swap(input, onLive = () => {}) {
      const swapped = before.then(() => swapInTurn(input, onLive))
      before = swapped.catch(() => {})
      return swapped
    },
    swapNow,
    disown() {
      revision = Math.min(revision, 0)
    },
    close() {
      isClosed = true
    },
  }
}
