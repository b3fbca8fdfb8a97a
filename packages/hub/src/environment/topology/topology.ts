import type { Cluster, Redis, RedisOptions } from 'ioredis'
import { DISCONNECT_TIMEOUT_MS, type Patience, reconnectPace } from '@vwo-hub/protocol/redis'
import type { RedisAccess } from '../../config/hub-config.ts'
import { scripts } from '../scripts.ts'
import type { Link, LinkEvents } from './link.ts'

/** A connection to Redis in whatever topology; the commands are the same. */
export type RedisConnection = Redis | Cluster

/** What differs between one server, Sentinel and Cluster. */
export interface Topology {
  /** Where Redis is, without user and password: for logs and messages. */
  readonly place: string
  /**
   * Whether a message stays where the slot of its channel is. Elsewhere, and in a cluster of Redis 6, it goes to every
   * subscriber.
   */
  readonly isSharded: boolean
  /**
   * Makes a connection that is not opened yet: call `connect()`. While Redis is away, commands fail at once instead of
   * queueing, and nothing that was under way is sent twice: whoever asked decides what to do.
   *
   * @param name - Shown by `CLIENT LIST`.
   */
  connection(name: string): RedisConnection
  /** Watches such a connection, and says when it can be used and when not. */
  link(redis: RedisConnection, events: LinkEvents): Link
  /** The nodes that know subscribers of a channel between them. */
  subscribed(redis: RedisConnection): readonly Pick<Redis, 'call'>[]
}

/** What a connection is waited for: also what a frozen or half-open server is noticed by. */
export const PATIENCE: Patience = { silenceMs: 2500, totalMs: 120_000 }

/** What all connections have in common. */
export function commonOptions(name: string) {
  return {
    connectionName: name,
    // Which library it is: Redis 7.0 does not know the command, so that no user can be allowed it by name.
    disableClientInfo: true,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    connectTimeout: PATIENCE.silenceMs,
    // A connection that never came about is waited for that long, and keeps a command from ending.
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    retryStrategy: reconnectPace(),
    // How often is asked whether a server has loaded its data.
    maxLoadingRetryTime: 1000,
    // A master that became a replica refuses writes: find the new master. Redis 6 tells of a script, and then of why.
    reconnectOnError: (error: Error) => /^READONLY|: -READONLY /.test(error.message),
    scripts,
  } satisfies RedisOptions
}

/** User, password and TLS, where they are not part of a URL. */
export function accessOptions({ username, password, tls }: RedisAccess | RedisOptions) {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: { ...tls } }),
  }
}

/** Addresses as they are told to people. */
export function listOf(addresses: readonly { readonly host: string; readonly port: number }[]): string {
  return addresses.map(({ host, port }) => `${host}:${port}`).join(',')
}
