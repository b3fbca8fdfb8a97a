import { AsyncLocalStorage } from 'node:async_hooks'
import { oncePerProcess } from '../../once-per-process.ts'
import { silentNetworkClient } from './events/network-client.ts'
import { refuseBeside, refuseGatewayAfterQueue, type Owner } from './refuse-beside.ts'
import type { FmeSdkModule, SdkClient, SdkNetworkClient } from './sdk-models.ts'
import { partsFor, queuesIn, type Member } from './shared-parts.ts'
import type { ShieldedOptions } from './shield-init.ts'

/** What the clients of one copy of the SDK share up to 1.35, because it keeps that in its modules, also of one that is closed. */
interface Shared {
  /** Whose events all of them send. */
  owner: Owner
  /** Those that are not closed, the oldest first. */
  readonly members: Set<Member>
  /** Whose call it is, where that is not the unmarked one's. */
  readonly callers: AsyncLocalStorage<Member>
  /** Of whom the calls are that are not marked: a client that is by itself pays nothing. */
  unmarked: Member
  /** Known once a client was launched: since 1.36 each has all of it for itself. */
  isShared?: boolean
  prefix?: string
  /** Whether the SDK has been given one, which it then keeps. */
  hasStorage: boolean
  hasQueue: boolean
  /** Of the timers of queues that others may still use. */
  readonly stopTimers: Set<() => void>
}

const shares = oncePerProcess('accounts of FME SDKs, 2', () => new WeakMap<object, Shared>())

const CALLS = ['getFlag', 'trackEvent', 'setAttribute', 'setAlias', 'flushEvents'] as const

/** Of no meaning to the SDK: it splits a URL there, and finds nothing behind it. */
const NO_PREFIX = '/'

/**
 * Keeps the clients of one process apart, those that were closed too: from sending each other's events, and asking each other's
 * storage.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/services/SettingsService.ts`, `lib/services/BatchEventsQueue.ts`,
 *   `lib/packages/storage/Storage.ts`, `lib/packages/network-layer/manager/NetworkManager.ts`, `lib/utils/UrlUtil.ts`
 */
export function createShare(sdk: FmeSdkModule, options: ShieldedOptions, network: SdkNetworkClient) {
  const { init } = sdk
  const member: Member = { options, network }

  function shareOf(owner: Owner): Shared {
    const known = shares.get(init)
    if (known !== undefined) return known
    const first: Shared = {
      ...{ owner, unmarked: member, hasStorage: false, hasQueue: false },
      ...{ members: new Set(), callers: new AsyncLocalStorage(), stopTimers: new Set() },
    }
    shares.set(init, first)
    return first
  }

  /** Whose call it is that the SDK is working on. */
  function caller(): Member {
    const shared = shares.get(init)
    return shared?.isShared ? (shared.callers.getStore() ?? shared.unmarked) : member
  }

  /** Who sends for it: what one that is closed has left in the queue is sent by one that is not. */
  function sender(): Member {
    const of = caller()
    const shared = shares.get(init)
    return !shared?.isShared || shared.members.size === 0 || shared.members.has(of) ? of : shared.unmarked
  }

  /** Has the SDK know whose call it is. */
  function asOwn<T>(call: () => T): T {
    const shared = shares.get(init)
    if (shared === undefined || shared.isShared === false) return call()
    const isKnown = shared.unmarked === member && shared.callers.getStore() === undefined
    return isKnown ? call() : shared.callers.run(member, call)
  }

  function markCalls(client: SdkClient): void {
    for (const name of CALLS) {
      const call = client[name] as (...args: unknown[]) => unknown
      Object.defineProperty(client, name, {
        value(this: SdkClient, ...args: unknown[]) {
          return asOwn(() => call.apply(this, args))
        },
      })
    }
  }

  return {
    /**
     * Before a client of the SDK is made.
     *
     * @throws {@link ClientError} `swap-failed`
     */
    claim(owner: Owner): void {
      const shared = shareOf(owner)
      const other = [...shared.members].find((each) => each !== member)
      if (shared.isShared !== false && other !== undefined) {
        refuseBeside({ owner: shared.owner, ...other }, { owner, ...member })
      }
      if (shared.isShared && shared.hasQueue && network !== silentNetworkClient)
        refuseGatewayAfterQueue(options)
      // The queue is the newest client's: what the one before has queued is sent now.
      if (shared.isShared && other !== undefined && queuesIn(options)) void other.client?.flushEvents()
      shared.owner = owner
      shared.members.add(member)
      if (other === undefined) shared.unmarked = member
      shared.hasStorage ||= options.storage !== undefined
      shared.hasQueue ||= queuesIn(options)
    },
    /** What a client of the SDK is made with. */
    parts: () => partsFor(member, { caller, sender, ...(shares.get(init) as Shared) }),
    asOwn,
    launched(client: SdkClient): void {
      const shared = shares.get(init)
      if (shared === undefined) return
      shared.isShared = client.serviceContainer === undefined
      member.client = client
      if (shared.isShared) markCalls(client)
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
    /** Idempotent. The timers end with the last that may wait for them. */
    release(stopTimers?: () => void): void {
      const shared = shares.get(init)
      if (shared === undefined) return
      shared.members.delete(member)
      if (stopTimers !== undefined) shared.stopTimers.add(stopTimers)
      const [next] = shared.members
      if (shared.isShared && next !== undefined) {
        if (shared.unmarked === member) shared.unmarked = next
        return
      }
      for (const stop of shared.stopTimers) stop()
      shared.stopTimers.clear()
    },
  }
}
