import { ClientError } from './errors.ts'
import type { CallsInFlight } from './product/fullstack/facade.ts'
import type { Source } from './sources/sources.ts'
import type { LiveSdk, PreparedSettings } from './product/fullstack/vwo-sdk.ts'

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
   * @returns `undefined` when the revision is not newer than the live one.
   * @throws {@link ClientError} `settings-refused` or `swap-failed`; nothing has changed then.
   */
  swap(input: SwapInput): Promise<Swapped | undefined>
  /** The same at once, without waiting for calls that have promised an answer. */
  swapNow(input: SwapInput): Swapped | undefined
}

export function createSwapper(options: {
  readonly environment: string
  readonly live: LiveSdk
  readonly calls: CallsInFlight
}): Swapper {
  const { environment, live, calls } = options
  let revision = -1
  let source: Source | null = null
  let before: Promise<unknown> = Promise.resolve()

  /** The two steps around the moment where a relaunch may have to wait; both are told apart only by it. */
  function prepare(input: SwapInput): PreparedSettings | undefined {
    if (input.revision <= revision) return undefined
    return told(input, () => live.prepare(input.text, input.isProven))
  }

  function commit(input: SwapInput, prepared: PreparedSettings, spentMs: number): Swapped {
    const startedAt = performance.now()
    told(input, () => live.commit(prepared))
    const previousRevision = Math.max(revision, 0)
    revision = input.revision
    source = input.source
    return { revision, previousRevision, source, swapMs: spentMs + performance.now() - startedAt }
  }

  /** Says which swap failed and what stays, around the reason that the SDK's module gives. */
  function told<T>(input: SwapInput, step: () => T): T {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      const stays = revision >= 0 ? `Revision ${revision} stays in use.` : 'There are no settings in use yet.'
      throw new ClientError(
        error.code,
        `Cannot swap "${environment}" to revision ${input.revision}: ${error.message}. ${stays}`,
        { cause: error },
      )
    }
  }

  function swapNow(input: SwapInput): Swapped | undefined {
    const startedAt = performance.now()
    const prepared = prepare(input)
    return prepared && commit(input, prepared, performance.now() - startedAt)
  }

  async function swapInTurn(input: SwapInput): Promise<Swapped | undefined> {
    const startedAt = performance.now()
    const prepared = prepare(input)
    if (prepared === undefined) return undefined
    const spentMs = performance.now() - startedAt
    if (prepared.needsRelaunch) await calls.drain(DRAIN_TIMEOUT_MS)
    return commit(input, prepared, spentMs)
  }

  return {
    revision: () => revision,
    source: () => source,
    swap(input) {
      const swapped = before.then(() => swapInTurn(input))
      before = swapped.catch(() => {})
      return swapped
    },
    swapNow,
  }
}
