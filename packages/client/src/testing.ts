/**
 * For the tests of apps: a client without Redis, with the same methods and the same swap as in production.
 *
 * @module
 */
import { refuse, unknownNames } from './check-options.ts'
import type { Client } from './client.ts'
import { ClientError, messageOf } from './errors.ts'
import { createEvents } from './events.ts'
import type { OwnFault } from './problems.ts'
import type { LaunchOptions } from './product/fullstack/launch-options.ts'
import {
  faultsOfFullStack,
  openFullStack,
  type FullStackOptions,
} from './product/fullstack/open-fullstack.ts'
import { createForced } from './product/fullstack/testing/force.ts'
import { createSettingsInUse } from './settings-in-use.ts'
import type { ClientStatus, Ready } from './state.ts'
import { createSwapper } from './swap.ts'

export {
  settingsFile,
  type AbTestOptions,
  type FeatureOptions,
  type FeatureTestOptions,
  type SettingsBuilder,
  type VariableValues,
} from './product/fullstack/testing/settings-file.ts'

export interface TestClientOptions<
  Launch extends LaunchOptions = LaunchOptions,
> extends FullStackOptions<Launch> {
  /** The first settings-file, as an object or as text, or made with {@link settingsFile}. */
  readonly settings: object | string
  /**
   * Whether events are really sent to VWO, as in production. Without it the SDK runs in its development mode, whatever
   * `launch` says. @default false
   */
  readonly sendEvents?: boolean
}

const knownOptions: Record<keyof TestClientOptions, true> = {
  sdk: true,
  settings: true,
  launch: true,
  sendEvents: true,
}

export type TestClient<Launch extends LaunchOptions = object> = Client<Launch> & {
  /**
   * Swaps at once.
   *
   * @returns The new revision; they count 1, 2, 3.
   * @throws {@link ClientError} `settings-refused` or `swap-failed` where production would report it, and `closed` after
   *   `close`; nothing has changed then.
   */
  update(settingsFile: object | string): number
  /**
   * Has a user get one variation of a campaign, in these settings and those to come, by VWO's own whitelist: whatever traffic,
   * segments, groups and storage say. Who else is on the whitelist of that campaign is decided for as everybody is.
   *
   * @param variation - Its name; may be left out where there is but one, as in a rollout.
   * @returns The new revision: it is a swap.
   * @throws {@link ClientError} `unknown-campaign`, or `option-invalid` for a variation or user that there cannot be.
   */
  force(user: string, campaign: string, variation?: string): number
}

/**
 * Makes a client that is ready with the given settings, and is told of new ones by the test.
 *
 * @throws {@link ClientError} `option-invalid`, `settings-refused` or `swap-failed`
 */
export function createTestClient<const Launch extends LaunchOptions = object>(
  options: TestClientOptions<Launch>,
): TestClient<Launch> {
  refuse([...unknownNames(options, knownOptions), ...faultsOfFullStack(options)])
  const { sdk, launch, sendEvents = false } = options
  const product = openFullStack(
    { sdk, launch: (sendEvents ? (launch ?? {}) : { ...launch, isDevelopmentMode: true }) as Launch },
    {
      requestRefresh: async () => {},
      report: tell,
      warn: (message) => process.emitWarning(message, { type: 'VwoClientWarning' }),
    },
  )
  const swapper = createSwapper('test', product)
  const events = createEvents({
    holds: (name) => (name === 'ready' && !isClosed ? now() : undefined),
    onListenerError: (error) => rethrowLater(error),
  })
  const forced = createForced()
  let latest = ''
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
    else if (code === 'event-failed') rethrowLater(failure)
    // Tests may well ask for what is not there.
    else events.emit('error', failure)
  }

  function update(settingsFile: object | string): number {
    if (isClosed) {
      throw new ClientError('closed', 'Cannot swap: this client was closed. Its settings stay in use.')
    }
    const text = typeof settingsFile === 'string' ? settingsFile : JSON.stringify(settingsFile)
    const revision = Math.max(swapper.revision(), 0) + 1
    const swapped = swapper.swapNow({
      ...{ revision, source: 'test', isProven: false },
      text: forced.applyTo(text),
    })
    latest = text
    if (swapped !== undefined) events.emit('update', { ...swapped, lagMs: revision === 1 ? null : 0 })
    return revision
  }

  function force(user: string, campaign: string, variation?: string): number {
    forced.add(product.methods.campaigns(), user, campaign, variation)
    return update(latest)
  }

  async function close(): Promise<void> {
    isClosed = true
    await product.flush(1000)
    product.release()
  }

  try {
    update(options.settings)
  } catch (error) {
    product.release()
    throw error
  }
  return {
    ...product.methods,
    on: events.on,
    once: events.once,
    off: events.off,
    ready: async () => now(),
    settings: createSettingsInUse(product, swapper),
    get status(): ClientStatus {
      return { ...now(), confirmedAt: null }
    },
    update,
    force,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** In a test, what an app's own function throws is to be seen, and what it gives that cannot be sent. */
function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
