import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { plainText } from '../../../text/plain-text.ts'
import type { FmeClient, FmeContext, FmeDecision, FmeFlag, FmeSdk, NetworkClient, Transport } from './sdk.ts'

/** The longest that a timer can be, in milliseconds: an SDK that polls after it never does. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** A client of the SDK with a settings-file, which asks nobody and tells nobody anything. */
export interface Trial {
  /**
   * Decides as for an app.
   *
   * @returns What it answers, or why it could not decide: it catches what a decision throws, and answers "off".
   */
  decide(featureKey: string, context: FmeContext): Promise<Decided>
  track(event: string, userId: string): Promise<unknown>
  setAttribute(userId: string): Promise<unknown>
}

export type Decided =
  | { readonly ok: true; readonly flag: FmeFlag; readonly decision: FmeDecision }
  | { readonly ok: false; readonly why: string }

export type Started =
  | { readonly ok: true; readonly trial: Trial }
  | { readonly ok: false; readonly why: string }

/** Makes a client of the SDK, again and again. */
export type StartClient = (file: SettingsFile) => Promise<Started>

const answer = {
  getStatusCode: () => 200,
  getData: () => ({}),
  getError: () => undefined,
  getTotalAttempts: () => 0,
}
const nowhere: NetworkClient = { GET: async () => answer, POST: async () => answer }

/** The SDK validates each list through its `entries`, in 1.35 at every call; what a client was made with it has seen. */
const none = function* (): Generator<never> {}

/** @returns Makes clients that share what the SDK keeps in its modules: one decides at a time. */
export function createStart(sdk: FmeSdk): StartClient {
  dropLongestTimers()
  let decision: FmeDecision | undefined
  const errors: string[] = []
  const transport: Transport = { level: 'ERROR', log: (_, message) => void errors.push(String(message)) }

  return async (file) => {
    errors.length = 0
    const settings = {
      ...file,
      // Lists of its own, which look otherwise to its validation.
      features: [...file.features],
      campaigns: [...file.campaigns],
      ...(file.holdouts && { holdouts: [...file.holdouts] }),
      // Nothing is reported.
      sdkMetaInfo: { wasInitializedEarlier: true },
      usageStatsAccountId: undefined,
    } as SettingsFile
    const client = await sdk.init({
      accountId: String(file.accountId),
      sdkKey: 'dry-run',
      settings,
      network: { client: nowhere },
      logger: { level: 'ERROR', transports: [transport] },
      integrations: { callback: (made) => void (decision = made) },
      pollInterval: LONGEST_TIMER_MS,
      isUsageStatsDisabled: true,
      isBatchingDisabled: true,
    })
    if (client === undefined) return { ok: false, why: 'the SDK makes no client of it' }
    if (client.isSettingsValid !== true)
      return { ok: false, why: 'the SDK does not take it for a settings-file' }
    leaveUnvalidated(client)
    return {
      ok: true,
      trial: {
        async decide(featureKey, context) {
          decision = undefined
          errors.length = 0
          const flag = await client.getFlag(featureKey, context)
          // Called back at the end of each decision, and not where one has thrown.
          if (decision !== undefined) return { ok: true, flag, decision }
          const said = errors.length === 0 ? '' : `: ${plainText(errors[0] ?? '', 200)}`
          return { ok: false, why: `the SDK cannot decide${said}` }
        },
        track: (event, id) => client.trackEvent(event, { id }, { value: 1 }),
        setAttribute: (id) => client.setAttribute('dry-run', 'yes', { id }),
      },
    }
  }
}

function leaveUnvalidated({ originalSettings }: FmeClient): void {
  const lists = originalSettings as Readonly<Record<string, unknown>> | undefined
  for (const name of ['features', 'campaigns', 'holdouts']) {
    const list = lists?.[name]
    if (Array.isArray(list)) Object.defineProperty(list, 'entries', { value: none })
  }
}

/** Each client begins to poll, and its timer would keep it, with its settings, as long as the thread lives. */
function dropLongestTimers(): void {
  const start = globalThis.setTimeout as (
    callback: (...rest: unknown[]) => void,
    ms?: number,
    ...rest: unknown[]
  ) => NodeJS.Timeout
  globalThis.setTimeout = ((callback: (...rest: unknown[]) => void, ms?: number, ...rest: unknown[]) => {
    const timer = start(callback, ms, ...rest)
    if (ms === LONGEST_TIMER_MS) clearTimeout(timer)
    return timer
  }) as typeof setTimeout
}
