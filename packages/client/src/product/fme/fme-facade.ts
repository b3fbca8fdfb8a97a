import type { Host } from '../product.ts'
import { within } from '../within.ts'
import { decide } from './decide.ts'
import type { EventSender } from './events/event-sender.ts'
import { knownIn } from './features.ts'
import { flagOf, offFlag } from './flag.ts'
import type { FmeContext, FmeMethods } from './fme-methods.ts'
import type { FmeSdk, LiveFme } from './fme-sdk.ts'
import { ownContext, readable, sendable } from './own-context.ts'
import type { FmeSdkModule } from './sdk-models.ts'
import { tellMissing } from './tell-missing.ts'

/** How long a call may take, in milliseconds. What it waits for, a storage or a gateway service, has less. */
const CALL_TIMEOUT_MS = 10_000

const TIMED_OUT = Symbol('timed out')

/**
 * The methods of the SDK, bound, for whichever settings are live: a call is made on those that are live when it begins, and
 * ends on them. They answer what the SDK answers, and never reject.
 */
export function createFmeFacade(options: {
  readonly sdk: FmeSdkModule
  readonly live: FmeSdk
  readonly sender: EventSender
  /** Whether what is unknown is left to the SDK: with a storage, a flag may be on that is in the settings no more. */
  readonly hasStorage: boolean
  /** Whether decisions ask a storage or a gateway service. */
  readonly isAsking: boolean
  readonly host: Host
  readonly callTimeoutMs?: number
}): {
  readonly methods: FmeMethods
  /** Resolves when no call is left, or after the limit. */
  drain(timeoutMs: number): Promise<void>
} {
  const { sdk, live, sender, hasStorage, isAsking, host, callTimeoutMs = CALL_TIMEOUT_MS } = options
  const inFlight = new Set<unknown>()

  const leftOut = (what: string, error: unknown): void =>
    host.report('event-failed', `Left out ${what}`, () => error)

  /** @returns `undefined` for a call that cannot be made. */
  function contextOf(method: string, given: unknown): ReturnType<typeof ownContext> {
    const context = ownContext(given, leftOut)
    if (context === undefined) {
      host.report(
        'call-invalid',
        `Cannot call ${method}`,
        () => 'expected a context with an id, a text or a number, of the user; nothing is decided or sent',
      )
    }
    return context
  }

  /** What the SDK answers, or something else where it fails or does not answer in time. */
  async function ask<T, Otherwise>(
    method: string,
    otherwise: Otherwise,
    call: (isWanted: () => boolean) => Promise<T>,
  ): Promise<T | Otherwise> {
    let asked: Promise<T> | undefined
    let isWanted = true
    try {
      asked = call(() => isWanted)
      inFlight.add(asked)
      const answer = await within<T, typeof TIMED_OUT>(callTimeoutMs, asked, { otherwise: TIMED_OUT })
      if (answer !== TIMED_OUT) return answer
      host.report('call-invalid', `Cannot wait for ${method}`, () => `no answer within ${callTimeoutMs} ms`)
    } catch (error) {
      host.report('call-invalid', `Cannot call ${method}`, () => error)
    } finally {
      isWanted = false
      inFlight.delete(asked)
    }
    return otherwise
  }

  async function getFlag(featureKey: string, given: FmeContext): ReturnType<FmeMethods['getFlag']> {
    const now = live.live()
    if (now === undefined) return offFlag()
    const context = contextOf('getFlag', given)
    if (context === undefined) return offFlag()
    const { features } = knownIn(now.settings)
    const isText = typeof featureKey === 'string'
    if (!isText || !features.has(featureKey)) {
      tellMissing(host, 'feature', featureKey, features.keys())
      if (!hasStorage || !isText) return offFlag(context)
    }
    const flag = await ask('getFlag', undefined, (isWanted) =>
      decide(sdk, now, { featureKey, context }, { isAsking, hasBatches: live.hasBatches(), isWanted }),
    )
    if (flag === undefined) return offFlag(context)
    return flagOf(flag, (key, known) => tellMissing(host, 'variable', key, known, featureKey))
  }

  async function trackEvent(
    eventName: string,
    given: FmeContext,
    properties?: Readonly<Record<string, unknown>>,
  ): Promise<Record<string, boolean>> {
    const isText = typeof eventName === 'string'
    const otherwise = isText ? { [eventName]: false } : {}
    const now = live.live()
    const context = now && contextOf('trackEvent', given)
    if (now === undefined || context === undefined) return otherwise
    const { events } = knownIn(now.settings)
    if (!isText || !events.has(eventName)) {
      tellMissing(host, 'event', eventName, events)
      return otherwise
    }
    const own =
      properties && sendable(properties, (name, error) => leftOut(`property ${name} of an event`, error))
    const args = own === undefined ? [eventName, context] : [eventName, context, own]
    return ask('trackEvent', otherwise, () => now.view.trackEvent(...args))
  }

  async function setAttribute(first: unknown, second?: unknown, third?: unknown): Promise<void> {
    const now = live.live()
    const isOne = typeof first === 'string'
    const context = now && contextOf('setAttribute', isOne ? third : second)
    if (now === undefined || context === undefined) return
    const attributes = attributesOf(isOne ? { [first]: second } : first)
    // For one the SDK is asked as the app asks.
    const [one] = Object.entries(attributes)
    if (one === undefined) return
    const args = isOne ? [...one, context] : [attributes, context]
    await ask('setAttribute', undefined, () => now.view.setAttribute(...args))
  }

  /** Those that the SDK takes: for one that it does not, it takes none. */
  function attributesOf(given: unknown): Record<string, unknown> {
    const entries =
      typeof given === 'object' && given !== null
        ? readable(given, (name, error) => leftOut(`attribute ${name}`, error))
        : []
    const kept = entries.filter(([name, value]) => {
      if (['boolean', 'string', 'number'].includes(typeof value)) return true
      leftOut(
        `attribute ${name}`,
        new TypeError(`expected true, false, a text or a number, got ${typeof value}`),
      )
      return false
    })
    return Object.fromEntries(kept)
  }

  async function setAlias(given: FmeContext | string, aliasId: string): Promise<boolean> {
    const now = live.live()
    if (now === undefined) return false
    const about =
      typeof given === 'string' ? contextOf('setAlias', { id: given })?.id : contextOf('setAlias', given)
    if (about === undefined) return false
    if (typeof aliasId !== 'string') {
      const reason = () => new TypeError(`expected a text as the alias, got ${typeof aliasId}`)
      host.report('call-invalid', 'Cannot call setAlias', reason)
      return false
    }
    // The SDK trims what it takes for a text.
    const whole = typeof about === 'object' ? { ...about, id: String(about.id) } : about
    return ask('setAlias', false, () => now.view.setAlias(whole, aliasId))
  }

  async function flushEvents(): ReturnType<FmeMethods['flushEvents']> {
    const now = live.live()
    const [flushed, unsent] = await Promise.all([flushBatches(now), sender.settle(callTimeoutMs)])
    const isDone = unsent === 0 && flushed?.status === 'success'
    return { status: isDone ? 'success' : 'error', events: flushed?.events ?? [] }
  }

  /** @returns `undefined` where the SDK does not answer. */
  async function flushBatches(
    now: LiveFme | undefined,
  ): Promise<{ readonly status: string; readonly events: unknown } | undefined> {
    // Without a queue the SDK tells VWO of a fault.
    if (now === undefined || !live.hasBatches()) return { status: 'success', events: [] }
    return ask('flushEvents', undefined, () => now.view.flushEvents())
  }

  return {
    methods: {
      getFlag,
      trackEvent,
      setAttribute,
      setAlias,
      flushEvents,
      updateSettings: () => host.requestRefresh(),
    },
    async drain(timeoutMs) {
      if (inFlight.size > 0) await within(timeoutMs, Promise.allSettled(inFlight))
    },
  }
}
