/** Where users' decisions are kept. */
export interface FmeStorage {
  /** What was kept of a user in a feature; `null` or `undefined` for nothing. May answer at once or with a promise. */
  get(featureKey: string, userId: string): unknown
  /** Keeps a decision. No decision waits for it. A query of a database that runs only once it is waited for is run. */
  set(data: Record<string, unknown>): unknown
}

/** A transport for all requests of the SDK, as its `network.client` has it. */
export interface FmeNetworkClient {
  /** Sends a request of the SDK for data. */
  GET(request: never): Promise<unknown>
  /** Sends an event, or a batch of them. */
  POST(request: never): Promise<unknown>
}

/** Gets the lines of the SDK's own log. */
export interface FmeLogTransport {
  /** Gets one line. */
  log(level: string, message: string): unknown
}

/**
 * Options of the SDK's `init`, all but those that the client takes the place of: `accountId`, `settings`, `pollInterval`,
 * `retryConfig`, and those for browsers and serverless functions. Those are refused. One that is not listed here is handed on
 * to the SDK, with a warning.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/models/VWOOptionsModel.ts`
 */
export interface FmeInitOptions {
  /** Only for settings-files that have none. */
  readonly sdkKey?: string
  /** Handed on to the SDK, which sends events all the same. @default false */
  readonly isDevelopmentMode?: boolean
  /** Keeps users in what was decided for them first. Each call of it has two seconds. */
  readonly storage?: FmeStorage
  /** For segments by country, city, browser and the like, and for aliases. */
  readonly gatewayService?: {
    /** Where it is, with or without protocol. */
    readonly url: string
    /** Where the URL has none. */
    readonly port?: number
    /** `http` or `https`, where the URL has none. @default https */
    readonly protocol?: string
  }
  /** What is told of what the SDK does. */
  readonly integrations?: {
    /** Told of each decision and each tracked event. */
    readonly callback?: (properties: Record<string, unknown>) => unknown
  }
  /** What becomes of the SDK's own log. By default it prints errors. */
  readonly logger?: {
    /** `TRACE`, `DEBUG`, `INFO`, `WARN` or `ERROR`. @default ERROR */
    readonly level?: string
    /** The beginning of each line. @default VWO-SDK */
    readonly prefix?: string
    /** Gets each line in place of the console. */
    readonly transport?: FmeLogTransport
    /** The same, several of them. */
    readonly transports?: readonly FmeLogTransport[]
    /** What a line says of when it was. */
    readonly dateTimeFormat?: () => string
  }
  /** How requests get to VWO; by default over HTTPS, with connections that are kept. Bounds, pauses and counts stay. */
  readonly network?: {
    /** Sends them. @default one of the client's */
    readonly client?: FmeNetworkClient
  }
  /**
   * Send events in batches, by number or by time. The SDK from 1.42 on does so by default; before, it is wise above a hundred
   * events a second, as each is a request then.
   */
  readonly batchEventData?: {
    /** A whole number, 1 to 5000. @default 100 */
    readonly eventsPerRequest?: number
    /** In seconds. @default 600, from 1.42 on 3 */
    readonly requestTimeInterval?: number
    /** Told of each batch when it has arrived, or was given up. */
    readonly flushCallback?: (error: Error | null, data: Record<string, unknown>) => unknown
  }
  /** From 1.42 of the SDK on. @default false */
  readonly isBatchingDisabled?: boolean
  /** Whether the SDK tells VWO nothing about itself. @default false */
  readonly isUsageStatsDisabled?: boolean
  /** Whether users may have aliases; needs `gatewayService`. @default false */
  readonly isAliasingEnabled?: boolean
}
