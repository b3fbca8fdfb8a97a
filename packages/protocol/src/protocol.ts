/**
 * What the hub and the clients agree on: the names in Redis, the message on the channel and the limits.
 * Neither side imports anything else of the other.
 *
 * @module
 */

export { sha256Of } from './checksum.ts'
export * from './records.ts'
export { PRODUCT_NAMES, productNamed, READABLE_SINCE, type ProductName } from './product-name.ts'
export { isRevision } from './revision.ts'
export { readUpdateMessage, type UpdateMessage } from './update-message.ts'
export { instanceName } from './instance.ts'
export { nearestOf } from './nearest.ts'

/**
 * The number of this agreement: what is built from here speaks it, and says so as `speaks` (absent: 1). A reader that
 * meets something readable only since a higher one (`protocol`, see {@link READABLE_SINCE}) says so and keeps what it has.
 */
export const PROTOCOL = 3

/** Settings-files up to this many bytes (UTF-8) travel inside the message; larger ones are fetched by revision. */
export const INLINE_LIMIT_BYTES = 32 * 1024

/** The most that a hub can be configured to take for a settings-file, in bytes (UTF-8): nothing larger is one. */
export const LARGEST_SETTINGS_BYTES = 64 * 1024 * 1024

/** How long an app may have a hub wait with its answer, in milliseconds: beyond that proxies take a connection for dead. */
export const LONGEST_HUB_WAIT_MS = 55_000

/** How many revisions are kept, the current one included. */
export const REVISIONS_KEPT = 20

/** A node that has not reported for this long is gone, in milliseconds. */
export const NODE_REPORT_MS = 90_000

/** The default prefix of every key and channel. */
export const DEFAULT_PREFIX = 'vwo'

/** What the name of an environment, one accountId and sdkKey, consists of. */
export const ENVIRONMENT_NAME = '1 to 63 of a-z, 0-9, ".", "_", "-", starting with a letter or digit'

/** Whether something can be the name of an environment. */
export function isEnvironmentName(name: unknown): name is string {
  return typeof name === 'string' && /^[a-z0-9][a-z0-9._-]{0,62}$/.test(name)
}

/**
 * The names of one environment's keys and of its channel. The braces are literal: they put all keys of an
 * environment into one slot of a Redis Cluster.
 */
export interface Keys {
  readonly settings: string
  readonly meta: string
  /** The settings-file that VWO has and that is not published: held back by the guard, or waiting for the end of a pin. */
  readonly candidate: string
  readonly revisions: string
  /** A hash: what is told of each kept revision, as its audit entry has it. */
  readonly told: string
  /** A hash: how fast each kept revision came to the nodes. */
  readonly spread: string
  readonly audit: string
  /** A stream: how many nodes there were in each minute, and what was fetched. */
  readonly minutes: string
  readonly refresh: string
  /** How often apps have asked for a refresh. */
  readonly asks: string
  readonly nodes: string
  readonly updates: string
  settingsOf(revision: number): string
  compressedSettingsOf(revision: number): string
  node(id: string): string
  /** Hub ids by time last seen. */
  readonly hubs: string
  hub(id: string): string
  /** Holds a body for a moment, until the publishing script moves it into place. */
  staged(token: string): string
}

/**
 * @param environment - Name of the environment.
 * @param prefix - First part of every name. Default `vwo`.
 * @param database - Number of the database that the connection uses. Channels know none, so their name has it. Default 0.
 */
export function keysOf(environment: string, prefix: string = DEFAULT_PREFIX, database: number = 0): Keys {
  const base = `${prefix}:{${environment}}:`
  const settings = `${base}settings`
  return {
    settings,
    meta: `${base}meta`,
    candidate: `${base}meta:candidate`,
    revisions: `${base}revisions`,
    told: `${base}revisions:told`,
    spread: `${base}revisions:spread`,
    audit: `${base}audit`,
    minutes: `${base}minutes`,
    refresh: `${base}refresh`,
    asks: `${base}asks`,
    nodes: `${base}nodes`,
    hubs: `${base}hubs`,
    updates: database === 0 ? `${base}updates` : `${base}updates:${database}`,
    settingsOf: (revision) => `${settings}:${revision}`,
    compressedSettingsOf: (revision) => `${settings}:${revision}:gz`,
    node: (id) => `${base}node:${id}`,
    hub: (id) => `${base}hub:${id}`,
    staged: (token) => `${base}staged:${token}`,
  }
}

/**
 * How far a revision can be beyond Redis' clock, in milliseconds: one further than that was forged or damaged, is never
 * taken, and does not count where it is stored or in use.
 */
export const REVISION_AHEAD_MS = 86_400_000

/**
 * What caused a publication: a webhook; a later look, because a webhook had brought nothing new (`recheck`); a poll; a hub's
 * start; a person, who asked for it (`manual`), for earlier settings (`rollback`), or gave a settings-file (`file`) or had one
 * unit taken out of it (`stop`) because VWO could not be asked; a hold of the guard or a pin that came to
 * its end by itself (`guard`, `pin`); an app that asked (`app`); or something that nobody noted (`other`), such as a hub that
 * mends what it found in Redis.
 */
export type Trigger =
  | 'webhook'
  | 'recheck'
  | 'poll'
  | 'start'
  | 'manual'
  | 'rollback'
  | 'file'
  | 'stop'
  | 'guard'
  | 'pin'
  | 'app'
  | 'other'
