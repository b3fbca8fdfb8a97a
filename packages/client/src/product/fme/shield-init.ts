import { tellRejection } from '../../thenable.ts'
import { within } from '../within.ts'
import { wholeUrl } from './check-init.ts'
import type { FmeInitOptions } from './init-options.ts'
import { askBesideTurn, callBesideTurn } from './turns.ts'

/** How long a storage may take to answer, in milliseconds. */
const STORAGE_TIMEOUT_MS = 2000

/** The options as the SDK can bear them, without what the client does itself. */
export type ShieldedOptions = Omit<FmeInitOptions, 'storage' | 'network'> & {
  readonly storage?: {
    get(featureKey: string, userId: string): Promise<unknown>
    set(data: Record<string, unknown>): Promise<void>
  }
}

/**
 * The options as the SDK can bear them: it ends the process, or takes the flag for off, where functions of the app throw, or
 * answer at once, and waits for ever where a storage does not answer.
 *
 * @param options.onError - Told what a function of the app's threw.
 * @param options.failureOf - Why a batch of events has not arrived: to the SDK, all of them do.
 */
export function shieldInitOptions(
  given: FmeInitOptions,
  options: {
    readonly onError: (from: string, error: unknown) => void
    readonly failureOf: (batch: object) => Error | undefined
    readonly storageTimeoutMs?: number
  },
): ShieldedOptions {
  const { onError, failureOf, storageTimeoutMs = STORAGE_TIMEOUT_MS } = options
  const { storage, integrations, batchEventData, gatewayService, logger, network: _ours, ...plain } = given

  /** Calls a function of the app's; what it throws or rejects with is reported. */
  const attempt = (from: string, call: () => unknown): void => {
    try {
      callBesideTurn(() => tellRejection(call(), (error) => onError(from, error)))
    } catch (error) {
      onError(from, error)
    }
  }

  async function stored(featureKey: string, userId: string): Promise<unknown> {
    const asked = (async () => storage?.get(featureKey, userId))().catch((error: unknown) => {
      onError('storage.get', error)
      return null
    })
    const answer = await within(storageTimeoutMs, asked.then(answerOf), { isAwaited: false })
    if (answer !== undefined) return answer.value ?? null
    onError('storage.get', new Error(`no answer within ${storageTimeoutMs} ms`))
    return null
  }

  const callback = integrations?.callback
  const flushCallback = batchEventData?.flushCallback
  const transports = [...(logger?.transports ?? []), ...(logger?.transport ? [logger.transport] : [])]
  const { transport: _one, transports: _all, ...ofLogger } = logger ?? {}
  return {
    ...plain,
    ...(gatewayService && { gatewayService: { ...gatewayService, url: wholeUrl(gatewayService) } }),
    ...(storage && {
      storage: {
        get: (featureKey, userId) =>
          askBesideTurn(storageQuestion(featureKey, userId), () => stored(featureKey, userId)),
        set: async (data) => attempt('storage.set', () => storage.set(data)),
      },
    }),
    ...(callback && {
      integrations: {
        callback: (properties) => attempt('integrations.callback', () => callback(properties)),
      },
    }),
    ...(batchEventData && {
      batchEventData: {
        ...batchEventData,
        ...(flushCallback && {
          flushCallback: (error, batch) =>
            attempt('flushCallback', () => flushCallback(error ?? failureOf(batch) ?? null, batch)),
        }),
      },
    }),
    // Of what clients of one process share up to 1.35, the logger is the first one's, unless it is said to be new.
    logger: {
      dateTimeFormat: createDateTimeFormat(),
      ...ofLogger,
      isAlwaysNewInstance: true,
      ...(transports.length > 0 && {
        transports: transports.map((transport) => ({
          // Each has a level of its own.
          ...transport,
          log: (level: string, message: string) =>
            attempt('logger.transports', () => transport.log(level, message)),
        })),
      }),
    } as NonNullable<FmeInitOptions['logger']>,
  }
}

/** What a storage is asked; without a user the beginning of all questions about the feature. */
export function storageQuestion(featureKey: string, userId = ''): string {
  return `storage ${JSON.stringify(featureKey)} ${userId}`
}

/** Answers what the SDK's own does. The SDK asks for each line, printed or not: at each decision a tenth of its time. */
function createDateTimeFormat(): () => string {
  let at = NaN
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== at) text = new Date((at = now)).toISOString()
    return text
  }
}

const answerOf = (value: unknown): { readonly value: unknown } => ({ value })
