import type { LaunchOptions } from './launch-options.ts'
import type { FlushResult, MethodsFor, VwoMethods } from './vwo-methods.ts'
import type { LiveSdk, VwoInstance } from './vwo-sdk.ts'

/** How long `flushEvents` may take, in milliseconds. */
const FLUSH_TIMEOUT_MS = 10_000
/**
 * How long a call that promises an answer may take, in milliseconds. The SDK gives up sending an event after six
 * attempts in half a minute, but waits for ever where a server accepts and does not answer, or a storage does not.
 */
const CALL_TIMEOUT_MS = 60_000

/** Calls that have promised an answer; a relaunch waits for them. */
export interface CallsInFlight {
  /** Resolves when none is left, or after the limit. */
  drain(timeoutMs: number): Promise<void>
}

/**
 * The methods of an SDK instance, bound, for whichever instance is live. They answer what the SDK answers; before the
 * first settings that is what it answers for "not part of it": `null` or `false`.
 *
 * Where the launch options ask for promises, every promise settles: the SDK rejects for an unknown campaign, and the
 * answer here is the same `null` or `false` as without promises.
 */
export function createFacade<Launch extends LaunchOptions>(options: {
  readonly live: LiveSdk
  readonly launch: Launch
  /** Rejects with a ClientError when no hub has fetched. */
  readonly requestRefresh: () => Promise<void>
}): { readonly methods: MethodsFor<Launch>; readonly calls: CallsInFlight } {
  const { live, launch, requestRefresh } = options
  const inFlight = new Set<Promise<unknown>>()
  const promises = launch.returnPromiseFor ?? {}
  const isAsync = (name: keyof typeof promises, hasStorage: boolean): boolean =>
    promises.all === true ||
    promises[name] === true ||
    (hasStorage && launch.asyncStorageConfig !== undefined)

  /** The instance to ask, or undefined where the answer is "not part". */
  const asked = (): VwoInstance | undefined => (live.isOptedOut() ? undefined : live.instance())

  /** Wraps a call that answers with a promise: it is waited for by relaunches, and never rejects. */
  function promised(call: (instance: VwoInstance) => unknown, otherwise: unknown): Promise<unknown> {
    const instance = asked()
    if (instance === undefined) return Promise.resolve(otherwise)
    const answered = answerWithin(CALL_TIMEOUT_MS, () => call(instance), otherwise)
    inFlight.add(answered)
    return answered.finally(() => inFlight.delete(answered))
  }

  /** In promise mode the SDK writes into the options it is given. */
  const own = (callOptions: object | undefined): object | undefined => callOptions && { ...callOptions }

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
      return instance === undefined ? null : instance.track(campaigns, user, goal, callOptions)
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
      return live.settings() ?? null
    },
  }

  const methods: VwoMethods = { ...sync }
  if (isAsync('activate', true)) {
    methods.activate = (campaign, user, callOptions) =>
      promised((instance) => instance.activate(campaign, user, own(callOptions)), null)
  }
  if (isAsync('getVariationName', true)) {
    methods.getVariationName = (campaign, user, callOptions) =>
      promised((instance) => instance.getVariationName(campaign, user, own(callOptions)), null)
    methods.getVariation = methods.getVariationName
  }
  if (isAsync('track', true)) {
    methods.track = (campaigns, user, goal, callOptions) =>
      promised((instance) => instance.track(campaigns, user, goal, own(callOptions)), null)
  }
  if (isAsync('isFeatureEnabled', true)) {
    methods.isFeatureEnabled = (campaign, user, callOptions) =>
      promised((instance) => instance.isFeatureEnabled(campaign, user, own(callOptions)), false)
  }
  if (isAsync('getFeatureVariableValue', true)) {
    methods.getFeatureVariableValue = (campaign, variable, user, callOptions) =>
      promised(
        (instance) => instance.getFeatureVariableValue(campaign, variable, user, own(callOptions)),
        null,
      )
  }
  if (isAsync('push', false)) {
    methods.push = (...args: unknown[]) =>
      promised((instance) => instance.push(...args), live.isOptedOut() ? null : false)
  }
  if (promises.all === true) methods.setOptOut = async () => sync.setOptOut()

  return {
    methods: methods as MethodsFor<Launch>,
    calls: {
      async drain(timeoutMs) {
        if (inFlight.size > 0) await answerWithin(timeoutMs, () => Promise.allSettled(inFlight), undefined)
      },
    },
  }
}

/** What a call answers, or something else where it fails or takes too long. */
async function answerWithin(timeoutMs: number, call: () => unknown, otherwise: unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs, otherwise)))
  try {
    return await Promise.race([call(), timeout])
  } catch {
    return otherwise
  } finally {
    clearTimeout(timer)
  }
}
