import { isThenable, tellRejection } from '../../thenable.ts'
import type { LaunchOptions } from './launch-options.ts'

const ANSWER_AT_ONCE =
  'expected an answer at once, got a promise: give a storage that answers with promises as asyncStorageConfig: { redisStorage: { get, set } }'

/** So many are remembered whose storage did not answer. */
const MOST_UNREAD = 1000

/**
 * The options as the SDK can bear them: it serialises them with `JSON.stringify` (a circular storage service would kill
 * the instance), takes async functions for no functions, and lets what callbacks throw escape.
 *
 * @param onError - Told what a callback or a storage threw.
 */
export function shieldLaunchOptions(
  launch: LaunchOptions,
  onError: (from: string, error: unknown) => void,
): LaunchOptions {
  const { batchEvents, integrations, userStorageService, asyncStorageConfig, logging, ...plain } = launch

  /** Users and campaigns of which it is not known what is stored: nothing is stored in its place. */
  const unread = new Set<string>()
  function noteRead(isRead: boolean, userId: string, campaignKey: string): void {
    if (unread.size >= MOST_UNREAD) unread.clear()
    unread[isRead ? 'delete' : 'add'](`${campaignKey} ${userId}`)
  }
  function isUnread(data: object): boolean {
    const { userId, campaignKey } = data as { readonly userId?: string; readonly campaignKey?: string }
    return unread.has(`${campaignKey} ${userId}`)
  }

  /** Calls a function of the app's; what it throws or rejects with is reported, and `undefined` is the answer. */
  const attempt = <T>(from: string, call: () => T): T | undefined => {
    try {
      const result = call()
      tellRejection(result, (error) => onError(from, error))
      return result
    } catch (error) {
      onError(from, error)
      return undefined
    }
  }

  // Only what the SDK knows: anything else in there might be what `JSON.stringify` cannot bear.
  const { eventsPerRequest, requestTimeInterval, flushCallback } = batchEvents ?? {}
  const { level, haveColoredLogs, logger } = logging ?? {}
  const callback = integrations?.callback
  const storage = asyncStorageConfig?.redisStorage
  return {
    ...plain,
    ...(batchEvents && {
      batchEvents: {
        ...(eventsPerRequest !== undefined && { eventsPerRequest }),
        ...(requestTimeInterval !== undefined && { requestTimeInterval }),
        ...(flushCallback && {
          flushCallback: (error: unknown, events: string) =>
            void attempt('flushCallback', () => flushCallback(error, events) as unknown),
        }),
      },
    }),
    ...(integrations && {
      integrations: callback
        ? { callback: (properties) => void attempt('integrations.callback', () => callback(properties)) }
        : {},
    }),
    ...(logging && {
      logging: {
        ...(level !== undefined && { level }),
        ...(haveColoredLogs !== undefined && { haveColoredLogs }),
        ...(logger && {
          logger: {
            log: (ofLine, message) => void attempt('logging.logger', () => logger.log(ofLine, message)),
          },
        }),
      },
    }),
    ...(userStorageService && {
      userStorageService: {
        get: (userId, campaignKey) => {
          let isAnswered = false
          const stored = attempt('userStorageService.get', () => {
            const answer = userStorageService.get(userId, campaignKey)
            isAnswered = true
            return answer
          })
          noteRead(isAnswered, userId, campaignKey)
          // The SDK would take the promise for what is stored.
          if (!isThenable(stored)) return stored
          onError('userStorageService.get', new TypeError(ANSWER_AT_ONCE))
          return undefined
        },
        set(data) {
          if (isUnread(data)) return
          attempt('userStorageService.set', () => userStorageService.set(data))
        },
      },
    }),
    ...(storage && {
      asyncStorageConfig: {
        redisStorage: {
          // Answers with nothing on failure: the SDK would never settle, or leave a rejection unhandled.
          get: async (userId, campaignKey) => {
            try {
              const stored = await storage.get(userId, campaignKey)
              noteRead(true, userId, campaignKey)
              return stored
            } catch (error) {
              onError('asyncStorageConfig.redisStorage.get', error)
              noteRead(false, userId, campaignKey)
              return {}
            }
          },
          set(data) {
            if (isUnread(data)) return
            attempt('asyncStorageConfig.redisStorage.set', () => storage.set(data))
          },
        },
      },
    }),
  }
}
