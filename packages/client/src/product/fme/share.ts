import { ClientError } from '../../errors.ts'
import { oncePerProcess } from '../../once-per-process.ts'
import type { FmeSdkModule, SdkClient } from './sdk-models.ts'

/** What the clients of one copy of the SDK share up to 1.35, because it keeps that in its modules. */
interface Shared {
  /** Whose events all of them send. */
  readonly owner: { readonly accountId: string; readonly sdkKey: string }
  readonly hasStorage: boolean
  readonly holders: Set<object>
  /** Known once a client was launched: since 1.36 each has all of it for itself. */
  isShared?: boolean
  prefix?: string
}

const shares = oncePerProcess('accounts of FME SDKs, 1', () => new WeakMap<object, Shared>())

/** Of no meaning to the SDK: it splits a URL there, and finds nothing behind it. */
const NO_PREFIX = '/'

/**
 * Keeps the clients of one process from sending each other's events, or asking each other's storage.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/services/SettingsService.ts`, `lib/packages/storage/Storage.ts`, `lib/utils/UrlUtil.ts`
 */
export function createShare(sdk: FmeSdkModule, hasStorage: boolean) {
  const { init } = sdk
  const holder = {}

  return {
    /**
     * Before a client of the SDK is made.
     *
     * @throws {@link ClientError} `swap-failed`
     */
    claim(owner: Shared['owner']): void {
      const shared = shares.get(init)
      const others = shared ? shared.holders.size - (shared.holders.has(holder) ? 1 : 0) : 0
      if (shared === undefined || others === 0) {
        const { isShared, prefix } = shared ?? {}
        const known = { ...(isShared !== undefined && { isShared }), ...(prefix !== undefined && { prefix }) }
        shares.set(init, { ...known, owner, hasStorage, holders: new Set([holder]) })
        return
      }
      if (shared.isShared !== false) refuse(shared, owner)
      shared.holders.add(holder)
    },
    launched(client: SdkClient): void {
      const shared = shares.get(init)
      if (shared !== undefined) shared.isShared = client.serviceContainer === undefined
    },
    /** Up to 1.35 the prefix of the URLs of events can only be set by a new client, and cleared by none. */
    setPrefix(client: SdkClient, accountId: string, prefix = ''): void {
      const shared = shares.get(init)
      if (shared === undefined || (shared.prefix ?? '') === prefix) return
      const Client = client.constructor as new (settings: object, options: object | undefined) => unknown
      void new Client(
        { version: 1, accountId, campaigns: [], collectionPrefix: prefix || NO_PREFIX },
        client.options,
      )
      shared.prefix = prefix
    },
    release(): void {
      shares.get(init)?.holders.delete(holder)
    },
  }

  function refuse(shared: Shared, { accountId, sdkKey }: Shared['owner']): void {
    const until =
      'which the SDK up to 1.35 has but once in a process: close that one first, or run a process for each'
    if (shared.owner.accountId !== accountId || shared.owner.sdkKey !== sdkKey) {
      throw new ClientError(
        'swap-failed',
        `they belong to account ${accountId}, but another client of this process works for account ${shared.owner.accountId} or another environment of it, ${until}`,
      )
    }
    if (shared.hasStorage !== hasStorage) {
      throw new ClientError(
        'swap-failed',
        `another client of this process ${hasStorage ? 'has no' : 'has a'} storage, ${until}`,
      )
    }
  }
}
