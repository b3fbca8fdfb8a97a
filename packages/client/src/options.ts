import type { RedisOption } from './connection/connection.ts'

/** Where problems are told that nobody listens for; `console` and pino both fit. */
export interface ClientLog {
  warn(fields: object, message: string): void
}

/** The hub's admin listener, asked only while Redis has not answered yet. */
export interface HubOption {
  /** For example `http://hub.internal:8081`. */
  readonly url: string
  /** The hub's `HUB_ADMIN_TOKEN`, where it has one. */
  readonly token?: string
}

/** How an environment is followed, whatever the product. */
export interface FollowOptions {
  /** The name that the hub knows the environment by. */
  readonly environment: string
  /**
   * A URL, options of ioredis, a cluster, or a connection of the app's, which stays as it is. It is needed; the type lets
   * `process.env.REDIS_URL` through, and an unset variable is refused with an error that says so.
   */
  readonly redis: RedisOption | undefined
  /** First part of every key, as the hub's `HUB_PREFIX`. @default "vwo" */
  readonly prefix?: string
  /** Where to keep the settings in use, for a restart while everything else is down. Processes of a host may share it. */
  readonly cacheFile?: string
  /** Settings to begin with where no other source has any. */
  readonly initialSettings?: string | object
  /** The hub's admin listener, asked at the start while Redis does not answer. */
  readonly hub?: HubOption
  /** How often the revision is read from Redis, in milliseconds: the longest that a lost message can go unnoticed. @default 2000 */
  readonly checkIntervalMs?: number
  /** After how long without Redis confirming the settings in use the state is `stale`, in milliseconds; at least two reads. @default 30000, or two reads where they take longer */
  readonly staleAfterMs?: number
  /** Whether this node tells in Redis, for operators, which revision it decides with. Needs to write there. @default true */
  readonly report?: boolean
  /** The name that operators see this node under; no two processes may share it. @default `<host>-<pid>-<10 random digits>` */
  readonly node?: string
  /** Told of problems at level `warn`. Silent by default: listen to `error`, or give `console`. */
  readonly log?: ClientLog
}
