import { ownCallOptions } from './call-options.ts'
import type { LaunchOptions } from './launch-options.ts'
import { trackWithStorage } from './track-with-storage.ts'
import type { FlushResult, MethodsFor, VwoMethods } from './vwo-methods.ts'
import type { LiveSdk, VwoInstance } from './vwo-sdk.ts'

/** How long `flushEvents` may take, in milliseconds. */
const FLUSH_TIMEOUT_MS = 10_000
/**
 * How long a call that promises an answer may take, in milliseconds. The SDK gives up sending an event after six
 * attempts in half a minute, but waits for ever where a server accepts and does not answer, or a storage does not.
 */
const CALL_TIMEOUT_MS = 60_000

/**
 * The methods of an SDK instance, bound, for whichever instance is live. They answer what the SDK answers; before the
 * first settings that is what it answers for "not part of it": `null` or `false`.
 *
 * Where the launch options ask for promises, every promise settles, and with the answer that there is without promises:
 * the SDK rejects for an unknown campaign, and waits for VWO for ever.
 */
export function createFacade<Launch extends LaunchOptions>(options: {
  readonly live: LiveSdk
  readonly launch: Launch
  /** Rejects with a ClientError when no hub has fetched. */
  readonly requestRefresh: () => Promise<void>
  /** Told which option a call did without, and why. */
  readonly onEventError: (what: string, error: unknown) => void
}): {
  readonly methods: MethodsFor<Launch>
  /** Resolves when no call is left that has promised an answer, or after the limit. */
  drain(timeoutMs: number): Promise<void>
} {
  const { live, launch, requestRefresh, onEventError } = options
  const inFlight = new Set<Promise<unknown>>()
  const promises = launch.returnPromiseFor ?? {}
  const isAsync = (name: keyof typeof promises, hasStorage: boolean): boolean =>
    promises.all === true ||
    promises[name] === true ||
    (hasStorage && launch.asyncStorageConfig !== undefined)

  /** The instance to ask, or undefined where the answer is "not part". */
  const asked = (): VwoInstance | undefined => (live.isOptedOut() ? undefined : live.instance())

  // Calls without a promise that send no such options pass on what they are given: there the SDK catches what it throws.
  const shield = <Options>(callOptions: Options): Options =>
    ownCallOptions(callOptions, (option, error) =>
      onEventError(`Left out ${option} of the options of a call`, error),
    )

  /** Wraps a call that answers with a promise: it is waited for by relaunches, and never rejects. */
  function promised(
    callOptions: object | null | undefined,
    otherwise: unknown,
    call: (instance: VwoInstance, own: object) => unknown,
  ): Promise<unknown> {
    const instance = asked()
    if (instance === undefined || callOptions === null) return Promise.resolve(otherwise)
    // The SDK writes into the options that it is given: the function that ends its waiting for VWO, with what it decided.
    const own: { responseCallback?: () => void } = shield(callOptions) ?? {}
    const answered = answerWithin(CALL_TIMEOUT_MS, {
      call: () => call(instance, own),
      giveUp: () => own.responseCallback?.(),
      otherwise,
    })
    inFlight.add(answered)
    return answered.finally(() => inFlight.delete(answered))
  }

  const sync: VwoMethods = {
    activate(campaign, user, callOptions) {
      const instance = asked()
      return instance === undefined ? null : instance.activate(campaign, user, callOptions)
    },
    getVariationName(campaign, user, callOptions) {
      const instance = asked()
      return instance === undefined ? null : instance.getVariationName(campaign, user, callOptions)
    },
    getVariation: (campaign, user, callOptions) => sync.getVariationName(campaign, user, callOptions),
    track(campaigns, user, goal, callOptions) {
      const instance = asked()
      return instance === undefined ? null : instance.track(campaigns, user, goal, shield(callOptions))
    },
    isFeatureEnabled(campaign, user, callOptions) {
      const instance = asked()
      return instance === undefined ? false : instance.isFeatureEnabled(campaign, user, callOptions)
    },
    getFeatureVariableValue(campaign, variable, user, callOptions) {
      const instance = asked()
      return instance === undefined
        ? null
        : instance.getFeatureVariableValue(campaign, variable, user, callOptions)
    },
    push(...args: unknown[]) {
      // The SDK tells its two forms apart by how many arguments there are.
      const instance = asked()
      if (instance === undefined) return live.isOptedOut() ? null : false
      return instance.push(...args)
    },
    setOptOut() {
      live.optOut()
      return true
    },
    flushEvents: (): Promise<FlushResult> => live.flush(FLUSH_TIMEOUT_MS),
    async getAndUpdateSettingsFile() {
      if (live.isOptedOut()) return null
      await requestRefresh()
      // A copy: what the SDK decides with must not change in the app's hands.
      return structuredClone(live.settings()) ?? null
    },
  }

  const methods: VwoMethods = { ...sync }
  if (isAsync('activate', true)) {
    methods.activate = (campaign, user, callOptions) =>
      promised(callOptions, null, (instance, own) => instance.activate(campaign, user, own))
  }
  if (isAsync('getVariationName', true)) {
    methods.getVariationName = (campaign, user, callOptions) =>
      promised(callOptions, null, (instance, own) => instance.getVariationName(campaign, user, own))
    methods.getVariation = methods.getVariationName
  }
  if (isAsync('track', true)) {
    methods.track = (campaigns, user, goal, callOptions) =>
      promised(callOptions, null, (instance, own) => instance.track(campaigns, user, goal, own))
  }
  if (isAsync('isFeatureEnabled', true)) {
    methods.isFeatureEnabled = (campaign, user, callOptions) =>
      promised(callOptions, false, (instance, own) => instance.isFeatureEnabled(campaign, user, own))
  }
  if (isAsync('getFeatureVariableValue', true)) {
    methods.getFeatureVariableValue = (campaign, variable, user, callOptions) =>
      promised(callOptions, null, (instance, own) =>
        instance.getFeatureVariableValue(campaign, variable, user, own),
      )
  }
  if (isAsync('push', false)) {
    methods.push = (...args: unknown[]) =>
      promised(undefined, live.isOptedOut() ? null : false, (instance) => instance.push(...args))
  }
  if (launch.asyncStorageConfig !== undefined) {
    // There the SDK answers with all that it found out, see `handOutPromises`.
    methods.activate = (campaign, user, callOptions) =>
      promised(callOptions, null, async (instance, own) =>
        nameIn(await instance.activate(campaign, user, own)),
      )
    methods.getVariationName = (campaign, user, callOptions) =>
      promised(callOptions, null, async (instance, own) =>
        nameIn(await instance.getVariationName(campaign, user, own)),
      )
    methods.getVariation = methods.getVariationName
    methods.isFeatureEnabled = (campaign, user, callOptions) =>
      promised(callOptions, false, async (instance, own) =>
        Boolean(await instance.isFeatureEnabled(campaign, user, own)),
      )
    methods.track = (campaigns, user, goal, callOptions) =>
      promised(callOptions, null, (instance, own) => {
        const settings = live.settings()
        if (settings === undefined) return null
        const withGoalType = { goalTypeToTrack: launch.goalTypeToTrack ?? 'ALL', ...own }
        return trackWithStorage(instance, settings, { campaigns, user, goal, options: withGoalType })
      })
  }
  if (promises.all === true || promises.optOut === true) {
    methods.setOptOut = async () => {
      live.optOut()
      await live.flush(FLUSH_TIMEOUT_MS)
      return true
    }
  }

  return {
    methods: methods as MethodsFor<Launch>,
    async drain(timeoutMs) {
      if (inFlight.size === 0) return
      await answerWithin(timeoutMs, { call: () => Promise.allSettled(inFlight), otherwise: undefined })
    },
  }
}

/** The name of the variation, which may come with more about it. */
function nameIn(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer
  return (answer as { readonly variationName?: string }).variationName ?? null
}

/** What a call answers, when given up at the latest, or something else where it fails or does not answer even then. */
async function answerWithin(
  timeoutMs: number,
  { call, giveUp, otherwise }: { call: () => unknown; giveUp?: () => void; otherwise: unknown },
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise((resolve) => {
    timer = setTimeout(() => {
      giveUp?.()
      resolve(otherwise)
    }, timeoutMs)
  })
  try {
    return await Promise.race([call(), timeout])
  } catch {
    return otherwise
  } finally {
    clearTimeout(timer)
  }
}
