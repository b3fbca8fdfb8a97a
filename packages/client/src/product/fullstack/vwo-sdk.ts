/**
 * The seam to `vwo-node-sdk` ~1.73: this module, `prepare.ts`, `event-batches.ts`, `single-events.ts`, `call-options.ts`
 * and `track-with-storage.ts` are all that knows its insides.
 *
 * @see vwo-node-sdk 1.73.0 `lib/VWO.js`, `lib/services/SettingsFileManager.js`
 * @module
 */
import { ClientError, messageOf } from '../../errors.ts'
import { oncePerProcess } from '../../once-per-process.ts'
import { createEventBatches, type SendsBatches } from './event-batches.ts'
import type { LaunchOptions } from './launch-options.ts'
import { prepareSettings } from './prepare.ts'
import { shieldLaunchOptions } from './shield-launch.ts'
import { createSingleEvents, type SendsEvents } from './single-events.ts'
import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import type { FlushResult } from './vwo-methods.ts'

/** `vwo-node-sdk` as the app imports it; the client never brings a copy of its own. */
export interface VwoSdkModule {
  /** Makes an instance. */
  launch(config: never): unknown
}

/** An instance of the SDK, as far as we look into it. */
export interface VwoInstance extends SendsBatches, SendsEvents {
  SettingsFileManager?: {
    _configObj: { settingsFile: object }
    _clonedSettingsFile: object
  }
  asyncStorageConfig?: object | undefined
  returnPromiseFor?: object | undefined
  activate(...args: unknown[]): unknown
  getVariationName(...args: unknown[]): unknown
  track(...args: unknown[]): unknown
  isFeatureEnabled(...args: unknown[]): unknown
  getFeatureVariableValue(...args: unknown[]): unknown
  push(...args: unknown[]): unknown
}

/** Settings that were prepared beside the live ones. */
export interface PreparedSettings {
  readonly settings: SettingsFile
  /** Whether part of the SDK's state can only be replaced by launching it anew. */
  readonly needsRelaunch: boolean
}

/** The live SDK of one client. */
export interface LiveSdk {
  /** The instance that decides; undefined before the first settings. */
  instance(): VwoInstance | undefined
  /** The settings in use. Never to be changed. */
  settings(): SettingsFile | undefined
  isOptedOut(): boolean
  /**
   * Parses and proves settings, touching nothing live.
   *
   * @param isProven - The checksum says that this is a text which the hub has tried with the real SDK: it is not
   *   validated again.
   * @throws {@link ClientError} `settings-refused`, naming the place.
   */
  prepare(text: string, isProven: boolean): PreparedSettings
  /**
   * Makes settings live in one synchronous step.
   *
   * @throws {@link ClientError} `swap-failed`; nothing has changed then.
   */
  commit(prepared: PreparedSettings): 'in-place' | 'launch'
  /** Decides no more, and not again after a swap; what was queued is sent. */
  optOut(): void
  /** Sends what is queued. Settles within the limit. */
  flush(timeoutMs: number): Promise<FlushResult>
  /**
   * Sends what is queued, and waits for what is on its way, within the limit.
   *
   * @returns How many events have not arrived then.
   */
  settle(timeoutMs: number): Promise<number>
  /** Gives the account free for another client of this process. */
  release(): void
}

/** What `launch` copies, so that an update in place would leave it stale: of each instance, and once for all of them. */
const instanceFields = ['accountId', 'sdkKey'] as const
const sharedFields = ['isNB', 'isNBv2', 'collectionPrefix'] as const

/** What the clients of one copy of the SDK share, because it keeps that in its modules. */
interface Share {
  readonly accountId: string
  readonly holders: Set<object>
  /** What the last launch has set for all instances. */
  readonly launched?: { readonly isNB: unknown; readonly isNBv2: unknown; readonly collectionPrefix: unknown }
}
const shares = oncePerProcess('accounts of SDKs, 1', () => new WeakMap<object, Share>())

export function createVwoSdk(options: {
  readonly sdk: VwoSdkModule
  readonly launch: LaunchOptions
  /** Told what callbacks of the app threw. */
  readonly onCallbackError: (from: string, error: unknown) => void
  /** Told what happened to events, and why. */
  readonly onEventError: (what: string, error: unknown) => void
}): LiveSdk {
  const sdk = moduleOf(options.sdk) ?? options.sdk
  const launchOptions = shieldLaunchOptions(options.launch, options.onCallbackError)
  const holder = {}
  const batches = createEventBatches((error) => options.onEventError('Cannot send a batch of events', error))
  const singles = createSingleEvents()
  let instance: VwoInstance | undefined
  let settings: SettingsFile | undefined
  let isOptedOut = false

  function prepare(text: string, isProven: boolean): PreparedSettings {
    const candidate = prepareSettings(text, isProven)
    return { settings: candidate, needsRelaunch: needsRelaunch(candidate) }
  }

  function needsRelaunch(next: SettingsFile): boolean {
    if (settings === undefined || instance === undefined || !hasKnownShape(instance)) return true
    const own = settings
    // Another client of this process may have launched since, and so set what the SDK has but once.
    const launched = shares.get(sdk)?.launched ?? own
    return (
      instanceFields.some((field) => own[field] !== next[field]) ||
      sharedFields.some((field) => launched[field] !== next[field])
    )
  }

  function commit(prepared: PreparedSettings): 'in-place' | 'launch' {
    const next = prepared.settings
    checkAccount(String(next.accountId))
    const manager = instance?.SettingsFileManager
    const isLaunch = !isOptedOut && (manager === undefined || prepared.needsRelaunch)
    if (isLaunch) {
      instance = relaunch(next)
    } else if (manager !== undefined) {
      manager._configObj.settingsFile = next
      manager._clonedSettingsFile = next
    }
    settings = next
    share(next, isLaunch)
    return isLaunch ? 'launch' : 'in-place'
  }

  function relaunch(next: SettingsFile): VwoInstance {
    const launched = quietly(() =>
      sdk.launch({ ...launchOptions, settingsFile: next } as never),
    ) as VwoInstance
    if (launched.SettingsFileManager === undefined) {
      throw new ClientError('swap-failed', 'the SDK did not launch with them; its log says why')
    }
    singles.follow(launched)
    if (launchOptions.asyncStorageConfig !== undefined) handOutPromises(launched)
    batches.follow(launched, next.collectionPrefix)
    batches.retire(instance)
    // `launch` sets a prefix but never clears the one of the settings before.
    if (launched.UrlService !== undefined) launched.UrlService.collectionPrefix = next.collectionPrefix
    return launched
  }

  /**
   * With an asynchronous storage the SDK puts its answer into a promise of its own, which rejects for an unknown
   * campaign, and never settles where the promise inside rejects, with nobody to hear that. An instance that knows of no
   * storage hands out what is inside; how it decides is kept elsewhere. Only `isFeatureEnabled` would take the promise for
   * `true`.
   *
   * @see vwo-node-sdk 1.73.0 `lib/VWO.js` `activate`
   */
  function handOutPromises(launched: VwoInstance): void {
    const { asyncStorageConfig } = launched
    const { all, push } = launchOptions.returnPromiseFor ?? {}
    const storing = Object.create(launched, {
      asyncStorageConfig: { value: asyncStorageConfig },
    }) as VwoInstance
    launched.isFeatureEnabled = storing.isFeatureEnabled.bind(storing)
    launched.asyncStorageConfig = undefined
    launched.returnPromiseFor = { push: all === true || push === true }
  }

  async function flush(timeoutMs: number): Promise<FlushResult> {
    if (isOptedOut && batches.onTheirWay() === 0) return { status: false, message: 'opted out' }
    if (launchOptions.batchEvents === undefined) {
      return { status: false, message: 'No batchEvents config present in launch API' }
    }
    return batches.flush(instance, timeoutMs)
  }

  async function settle(timeoutMs: number): Promise<number> {
    await Promise.all([flush(timeoutMs), singles.settle(timeoutMs)])
    return singles.onTheirWay() + batches.onTheirWay()
  }

  function optOut(): void {
    isOptedOut = true
    // Not the SDK's own `setOptOut`: it takes the instance apart under the calls in flight, which then reject unheard.
    batches.retire(instance)
    instance = undefined
  }

  function checkAccount(accountId: string): void {
    const shared = shares.get(sdk)
    if (shared === undefined || shared.accountId === accountId) return
    if (shared.holders.size > (shared.holders.has(holder) ? 1 : 0)) {
      throw new ClientError(
        'swap-failed',
        `they belong to account ${accountId}, but another client of this process works for account ${shared.accountId}, and the SDK keeps one account per process: run a process for each account`,
      )
    }
  }

  function share(next: SettingsFile, isLaunch: boolean): void {
    const shared = shares.get(sdk)
    const { isNB, isNBv2, collectionPrefix } = next
    shares.set(sdk, {
      ...shared,
      accountId: String(next.accountId),
      holders: (shared?.holders ?? new Set()).add(holder),
      ...(isLaunch && { launched: { isNB, isNBv2, collectionPrefix } }),
    })
  }

  return {
    instance: () => instance,
    settings: () => settings,
    isOptedOut: () => isOptedOut,
    prepare,
    commit,
    optOut,
    flush,
    settle,
    release() {
      // What is decided from now on is sent at once: the SDK's timer would keep the process alive for minutes.
      batches.retire(instance)
      shares.get(sdk)?.holders.delete(holder)
    },
  }
}

/** The default export first: it is one object, however the module was imported. */
function moduleOf(sdk: VwoSdkModule): VwoSdkModule | undefined {
  const given = sdk as (VwoSdkModule & { readonly default?: VwoSdkModule }) | null | undefined
  return [given?.default, given].find((candidate) => typeof candidate?.launch === 'function') ?? undefined
}

/** What is wrong with what an app gives for the SDK. */
export function faultsOfSdk(sdk: VwoSdkModule): string[] {
  if (moduleOf(sdk) !== undefined) return []
  return [
    "sdk: expected the SDK itself, got something without a function launch. Use its default import: import vwoSdk from 'vwo-node-sdk' (a named import of launch fails at run time).",
  ]
}

/** Whether the insides are where a swap in place needs them. */
function hasKnownShape(instance: VwoInstance): boolean {
  const manager = instance.SettingsFileManager
  return (
    typeof manager === 'object' &&
    typeof manager._configObj?.settingsFile === 'object' &&
    typeof manager._clonedSettingsFile === 'object'
  )
}

/** `launch` prints up to nine lines past the logger, one for each option; what loggers print goes through. */
function quietly<T>(launch: () => T): T {
  const { info } = console
  console.info = (...lines: unknown[]) => {
    if (!String(lines[0]).includes(' launch API having type:')) info.apply(console, lines)
  }
  try {
    return launch()
  } catch (error) {
    throw new ClientError('swap-failed', `the SDK did not launch with them: ${messageOf(error)}`, {
      cause: error,
    })
  } finally {
    console.info = info
  }
}
