/**
 * The seam to `vwo-fme-node-sdk`: one client of the SDK for the life of an app, and a view of it for each revision. A call is
 * made on the view that is live when it begins, and ends on it: no decision is made of two revisions.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/VWOClient.ts`, 1.60.0 `lib/WingifyClient.ts`
 * @module
 */
import { ClientError, messageOf } from '../../errors.ts'
import type { Committed } from '../product.ts'
import { within } from '../within.ts'
import { prepareFme, type FmeSettingsFile } from './prepare-fme.ts'
import type { FmeSdkModule, SdkClient, SdkNetworkClient } from './sdk-models.ts'
import { shapeOf, viewOf, type SdkShape } from './sdk-shape.ts'
import { createShare } from './share.ts'
import { queuesIn } from './shared-parts.ts'
import type { ShieldedOptions } from './shield-init.ts'
import { startQuietly } from './start-quietly.ts'

/** How long `init` may take, in milliseconds: with settings given it waits for nothing. */
const LAUNCH_TIMEOUT_MS = 5000

/** Settings that were prepared beside the live ones. */
export interface PreparedFme {
  readonly settings: FmeSettingsFile
  readonly accountId: string
  readonly sdkKey: string
  /** Whether a client of the SDK has to be made for them. */
  readonly needsRelaunch: boolean
  /** Decides with them; not there where a client has to be made first. */
  readonly view: SdkClient | undefined
}

/** Settings that decide. */
export type LiveFme = PreparedFme & { readonly view: SdkClient }

/** The live SDK of one client. */
export interface FmeSdk {
  /** What decides at this moment; undefined before the first settings. */
  live(): LiveFme | undefined
  /**
   * Parses and proves settings, touching nothing live.
   *
   * @param isProven - The checksum says that this is a text which the hub has tried with the real SDK: it is not
   *   validated again.
   * @throws {@link ClientError} `settings-refused`, naming the place.
   */
  prepare(text: string, isProven: boolean): PreparedFme
  /**
   * Makes settings live: in one synchronous step, or, where the SDK has to launch, at the end of what is returned.
   *
   * @throws {@link ClientError} `swap-failed`, or rejects with it; nothing has changed then.
   */
  commit(prepared: PreparedFme): Committed | Promise<Committed>
  /** Whether the SDK queues events. */
  hasBatches(): boolean
  /** Gives the account free for another client of this process. */
  release(): void
}

/** A client of the SDK that was made. */
interface Launched {
  readonly client: SdkClient
  readonly stopTimers: () => void
}

export function createFmeSdk(given: {
  readonly sdk: FmeSdkModule
  readonly options: ShieldedOptions
  readonly network: SdkNetworkClient
  /** Told what may be amiss with settings that are taken all the same. */
  readonly onDoubt: (what: string, reason: string) => void
}): FmeSdk {
  const { sdk, options, network, onDoubt } = given
  const share = createShare(sdk, options, network)
  let root: Launched | undefined
  let live: LiveFme | undefined
  /** `undefined` as long as no client was made, `null` where it is none that views can be made of. */
  let shape: SdkShape | null | undefined

  function prepare(text: string, isProven: boolean): PreparedFme {
    const settings = prepareFme(text, isProven)
    const accountId = String(settings.accountId)
    const sdkKey = settings.sdkKey ?? options.sdkKey ?? ''
    const isOfOther = live?.accountId !== accountId || live.sdkKey !== sdkKey
    if (root === undefined || !shape || isOfOther) {
      return { settings, accountId, sdkKey, needsRelaunch: true, view: undefined }
    }
    const view = viewWith(root.client, shape, settings, 'settings-refused')
    return { settings, accountId, sdkKey, needsRelaunch: false, view }
  }

  function viewWith(
    client: SdkClient,
    known: SdkShape,
    settings: FmeSettingsFile,
    code: 'settings-refused' | 'swap-failed',
  ): SdkClient {
    const view = viewOf(client, known.self)
    try {
      view.settings = known.link(view, settings)
    } catch (error) {
      throw new ClientError(code, `the SDK cannot work with them: ${messageOf(error)}`, { cause: error })
    }
    view.originalSettings = settings
    view.serviceContainer?.setSettings(view.settings)
    return view
  }

  function commit(prepared: PreparedFme): Committed | Promise<Committed> {
    const { view } = prepared
    if (view === undefined || root === undefined) return launch(prepared)
    publish(root.client, prepared, view)
    return 'in-place'
  }

  /** What has no view of its own, such as the queue of events, follows the newest. */
  function publish(client: SdkClient, prepared: PreparedFme, view: SdkClient): void {
    const { collectionPrefix } = prepared.settings
    if (client.serviceContainer === undefined) share.setPrefix(client, prepared.accountId, collectionPrefix)
    else client.serviceContainer.setSettings(view.settings)
    live = { ...prepared, view }
  }

  async function launch(prepared: PreparedFme): Promise<Committed> {
    const { settings, accountId, sdkKey } = prepared
    share.claim({ accountId, sdkKey })
    if (sdkKey === '')
      onDoubt('Cannot send events', 'there is no sdkKey in the settings, nor in options.sdkKey')
    const before = root
    // Up to 1.35 the queue is the newest client's: what the one before has queued is sent now.
    if (before !== undefined && hasBatchesOf(before.client)) void before.client.flushEvents()
    let next = shape === null ? undefined : await start(prepared, stubOf(settings))
    let view: SdkClient
    shape = next && (shapeOf(next.client) ?? null)
    if (next !== undefined && shape) {
      view = viewWith(next.client, shape, settings, 'swap-failed')
    } else {
      next?.stopTimers()
      const isFirst = next === undefined && live === undefined
      next = await start(prepared, isFirst ? settings : { ...settings, ...EARLIER })
      view = next.client
      shape = null
    }
    share.launched(next.client)
    root = next
    publish(next.client, prepared, view)
    before?.stopTimers()
    return 'launch'
  }

  async function start({ accountId, sdkKey }: PreparedFme, settings: object): Promise<Launched> {
    const { started, stopTimers } = startQuietly((pollInterval) =>
      share.asOwn(() => sdk.init({ ...share.parts(), accountId, sdkKey, settings, pollInterval } as never)),
    )
    const client = (await within(LAUNCH_TIMEOUT_MS, started).catch((error: unknown) => {
      throw new ClientError('swap-failed', `the SDK did not launch with them: ${messageOf(error)}`, {
        cause: error,
      })
    })) as SdkClient | undefined
    if (typeof client?.getFlag === 'function' && typeof client.updateSettings === 'function') {
      return { client, stopTimers }
    }
    stopTimers()
    throw new ClientError('swap-failed', 'the SDK did not launch with them; its log says why')
  }

  /** Up to 1.35 nothing of a client says whether it has a queue. */
  function hasBatchesOf(client: SdkClient): boolean {
    const container = client.serviceContainer
    if (container?.getBatchEventsQueue !== undefined) return Boolean(container.getBatchEventsQueue())
    return queuesIn(options)
  }

  return {
    live: () => live,
    prepare,
    commit,
    hasBatches: () => root !== undefined && hasBatchesOf(root.client),
    release() {
      share.release(root?.stopTimers)
    },
  }
}

const EARLIER = { sdkMetaInfo: { wasInitializedEarlier: true } }

/** What the one client is made of: whose it is, and nothing to decide. It reports its launch once. */
function stubOf(settings: FmeSettingsFile): object {
  const { version, accountId, sdkKey, collectionPrefix, usageStatsAccountId, sdkMetaInfo } = settings
  return {
    ...{ version, accountId, features: [], campaigns: [] },
    ...(sdkKey !== undefined && { sdkKey }),
    ...(collectionPrefix !== undefined && { collectionPrefix }),
    ...(usageStatsAccountId !== undefined && { usageStatsAccountId }),
    ...(sdkMetaInfo !== undefined && { sdkMetaInfo }),
  }
}
