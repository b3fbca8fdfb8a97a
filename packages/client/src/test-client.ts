import { ClientError, messageOf } from './errors.ts'
import { createEvents } from './events.ts'
import type { Following } from './following.ts'
import type { OwnFault } from './problems.ts'
import type { Host, Prepared, Product } from './product/product.ts'
import { createSettingsInUse } from './settings-in-use.ts'
import type { ClientStatus, Ready } from './state.ts'
import { createSwapper, type Swapped, type SwapInput, type Swapper } from './swap.ts'

/** A client that is given its settings by a test. */
export interface TestParts<Methods extends object> {
  readonly client: Methods & Following
  readonly swapper: Swapper
  /** What a swap is asked for with these settings. @throws {@link ClientError} `closed` */
  nextOf(settingsFile: object | string): SwapInput
  /** Tells of a swap; what was not newer is none. */
  announce(swapped: Swapped | undefined): void
  /** Gives free what the process has but once, where there is to be no client. */
  release(): void
}

/** What every client for tests has, whatever its product. */
export function createTestParts<Methods extends object, Settings extends Prepared>(
  open: (host: Host) => Product<Methods, Settings>,
): TestParts<Methods> {
  const product = open({
    requestRefresh: async () => {},
    report: tell,
    warn: (message) => process.emitWarning(message, { type: 'VwoClientWarning' }),
  })
  const swapper = createSwapper('test', product)
  const events = createEvents({
    holds: (name) => (name === 'ready' && !isClosed ? now() : undefined),
    onListenerError: (error) => rethrowLater(error),
  })
  let isClosed = false

  const now = (): Ready => ({
    state: isClosed ? 'closed' : 'ready',
    revision: Math.max(swapper.revision(), 0),
    source: swapper.source(),
  })

  function tell(code: OwnFault, what: string, findReason: () => unknown): void {
    const reason = findReason()
    const failure = new ClientError(code, `${what}: ${messageOf(reason)}.`, { cause: reason })
    if (code === 'callback-failed') rethrowLater(reason)
    else if (code === 'event-failed' || code === 'call-invalid') rethrowLater(failure)
    // Tests may well ask for what is not there.
    else events.emit('error', failure)
  }

  async function close(): Promise<void> {
    isClosed = true
    await product.flush(1000)
    product.release()
  }

  return {
    swapper,
    nextOf(settingsFile) {
      if (isClosed) {
        throw new ClientError('closed', 'Cannot swap: this client was closed. Its settings stay in use.')
      }
      const text = typeof settingsFile === 'string' ? settingsFile : JSON.stringify(settingsFile)
      return { text, revision: Math.max(swapper.revision(), 0) + 1, source: 'test', isProven: false }
    },
    announce(swapped) {
      if (swapped === undefined) return
      events.emit('update', { ...swapped, lagMs: swapped.revision === 1 ? null : 0 })
    },
    release: product.release,
    client: {
      ...product.methods,
      on: events.on,
      once: events.once,
      off: events.off,
      ready: async () => now(),
      settings: createSettingsInUse(product, swapper),
      get status(): ClientStatus {
        return { ...now(), confirmedAt: null }
      },
      close,
      [Symbol.asyncDispose]: close,
    },
  }
}

/** In a test, what an app's own function throws is to be seen, and what it gives that cannot be sent. */
function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
