import type { SdkClient, SdkNetworkClient } from './sdk-models.ts'
import type { ShieldedOptions } from './shield-init.ts'

/** One of our clients, and what it brings for the SDK. */
export interface Member {
  readonly options: ShieldedOptions
  readonly network: SdkNetworkClient
  client?: SdkClient
}

/** Until a queue is sent by time, in seconds: it never waits for that. */
const NEVER_S = 2_000_000

/** Who is behind what the SDK asks of the parts that its clients share. */
interface Behind {
  readonly caller: () => Member
  readonly sender: () => Member
  readonly hasStorage: boolean
  readonly hasQueue: boolean
  readonly isShared?: boolean
}

/** Whether the SDK queues events with these options: with a gateway service it does not. */
export const queuesIn = ({ batchEventData, gatewayService }: ShieldedOptions): boolean =>
  batchEventData !== undefined && gatewayService === undefined

/**
 * The options of one client, with parts in place of its own that ask whose call it is. Up to 1.35 the last parts that the SDK was
 * given are those of all clients, of later ones too: it can be given others, and never none. For a client without a storage it
 * gets one that knows nobody, for one without a queue one that keeps nothing.
 */
export function partsFor(member: Member, behind: Behind): object {
  const { options } = member
  const { caller, sender, isShared } = behind
  return {
    ...options,
    network: {
      client: {
        GET: (request: never) => caller().network.GET(request),
        POST: (request: never) => sender().network.POST(request),
      },
    },
    ...((options.storage !== undefined || (behind.hasStorage && isShared !== false)) && {
      storage: {
        get: async (featureKey: string, userId: string) =>
          caller().options.storage?.get(featureKey, userId) ?? null,
        set: async (data: Record<string, unknown>) => caller().options.storage?.set(data),
      },
    }),
    ...queueFor(options, behind),
  }
}

function queueFor({ batchEventData }: ShieldedOptions, { sender, hasQueue, isShared }: Behind): object {
  if (batchEventData === undefined) {
    return hasQueue && isShared
      ? { batchEventData: { eventsPerRequest: 1, requestTimeInterval: NEVER_S } }
      : {}
  }
  return {
    batchEventData: {
      ...batchEventData,
      flushCallback: (error: Error | null, batch: Record<string, unknown>) =>
        sender().options.batchEventData?.flushCallback?.(error, batch),
    },
  }
}
