import type { RedisOption } from './connection/connection.ts'

/**
 * Where the client tells what it does. Loggers fit as they are: `console`, pino (and so Fastify's and Bunyan), winston,
 * Nest's `Logger`; or any object of these functions. The order of the arguments follows the logger.
 */
export interface ClientLog {
  /** Problems: the same as the `error` events. */
  warn(fields: object, message: string): unknown
  /** Each state and each swap. Nest's `log` is taken for it. */
  info?(fields: object, message: string): unknown
  /** Attempts, and what was dropped. Not told to a `console`, which would print all of it. */
  debug?(fields: object, message: string): unknown
}

/** A listener of the hub: the one for apps (`HUB_APP_PORT`), or the admin listener. */
export interface HubOption {
  /** For example `https://vwo-hub.internal`; may have a path. */
  readonly url: string
  /** At the listener for apps the environment's sdkKey, at the admin listener `HUB_ADMIN_TOKEN`, where it has one. */
  readonly token?: string
}

/** How an environment is followed, whatever the product. */
export interface FollowOptions {
  /** The name that the hub knows the environment by. */
  readonly environment: string
  /**
   * A URL, options of ioredis, a cluster, or a connection of the app's, which stays as it is. Without this option the hub is
   * followed instead. The type lets `process.env.REDIS_URL` through, and an unset variable is refused with an error that
   * says so.
   */
  readonly redis?: RedisOption | undefined
  /** First part of every key, as the hub's `HUB_PREFIX`. @default "vwo" */
  readonly prefix?: string
  /** Where to keep the settings in use, for a restart while everything else is down. Processes of a host may share it. */
  readonly cacheFile?: string
  /** Settings to begin with where no other source has any. */
  readonly initialSettings?: string | object
  /** With `redis`: asked at the start while Redis does not answer. Without: followed, for apps that have no Redis. */
  readonly hub?: HubOption
  /** How often the revision is read from Redis, or the hub is asked, in milliseconds: the longest that a lost message can go unnoticed. @default 2000 */
  readonly checkIntervalMs?: number
  /** After how long without Redis confirming the settings in use the state is `stale`, in milliseconds; at least two reads. @default 30000, or two reads where they take longer */
  readonly staleAfterMs?: number
  /** Whether this node tells in Redis, for operators, which revision it decides with. Needs to write there. @default true with `redis` */
  readonly report?: boolean
  /** The name that operators see this node under; no two processes may share it. @default `<host>-<pid>-<10 random digits>` */
  readonly node?: string
  /** Told of problems at level `warn`, of states and swaps at `info`. Silent by default: listen to events, or give `console`. */
  readonly log?: ClientLog
}
