import { keysOf, type Keys } from '@vwo-hub/protocol'
import { databaseOf } from '@vwo-hub/protocol/redis'
import { type ActCommands, createActCommands } from './act-commands.ts'
import { type AuditEntry, type AuditInput, note, readAuditAfter } from './audit-log.ts'
import { readClock } from './clock.ts'
import { createHubReports, type HubReports } from './hub-reports.ts'
import type { Published } from './meta.ts'
import { createMinutes, type Minutes } from './minutes.ts'
import { type Permissions, readPermissions } from './permissions.ts'
import { createPut } from './publish.ts'
import { readCandidate, type StoredCandidate } from './stored-candidate.ts'
import {
  readCurrent,
  readHistory,
  readNewest,
  readRevisions,
  readSettings,
  type RevisionEntry,
  type StoredSettings,
} from './read-history.ts'
import { type Propagation, readNodes } from './read-nodes.ts'
import { type EnvironmentStatus, readStatus } from './read-status.ts'
import { createRefreshCommands, type RefreshCommands } from './refresh-commands.ts'
import type { RedisConnection, Topology } from './topology/topology.ts'
import { type Look, watchEnvironment } from './watch.ts'
import { whyNoWrites } from './why-no-writes.ts'

/** What Redis has of an environment. */
export interface Reading {
  /** The current settings with their meta, both from one moment; undefined while nothing is published. */
  current(): Promise<Published | undefined>
  /** The current revision alone, 0 for none, and Redis' clock, Unix milliseconds. */
  newest(): Promise<{ readonly revision: number; readonly now: number }>
  /**
   * One revision's text, exactly as the clients get it.
   *
   * @throws {@link HubError} `not-found` when it is not kept any more.
   */
  revision(revision: number): Promise<StoredSettings>
  /** What VWO has and is not published; undefined where nothing waits. */
  candidate(): Promise<StoredCandidate | undefined>
  /** The kept revisions, newest first. */
  revisions(): Promise<number[]>
  /** The same, with what is known of each. */
  history(): Promise<RevisionEntry[]>
  status(): Promise<EnvironmentStatus>
  /** How far the newest revision has spread. */
  nodes(): Promise<Propagation>
  /** The audit entries after one of them, oldest first. @param id - `0-0` for all that are kept. */
  auditAfter(id: string): Promise<AuditEntry[]>
}

/**
 * One environment in Redis: all that a hub, an operator or a page does with it. Nothing else knows what is stored where,
 * and how. Everything rejects while Redis is away.
 */
export interface Environment {
  readonly name: string
  readonly read: Reading
  readonly refresh: RefreshCommands
  readonly act: ActCommands
  readonly hubs: HubReports
  readonly minutes: Minutes
  /** Adds to the audit stream what a script does not add by itself. */
  note(entry: AuditInput): Promise<void>
  /** Looks again and again, until the signal ends it. Redis being away is a look of its own. */
  watch(signal: AbortSignal): AsyncGenerator<Look>
  /** Redis' clock, Unix milliseconds, of the master that everything of this environment goes by. */
  now(): Promise<number>
  /** What the user of the connection may not do, though a hub does it. */
  permissions(): Promise<Permissions>
  /** What Redis says to who writes now; undefined where it takes it, and where this user may not. */
  whyNoWrites(): Promise<string | undefined>
  /** Names of keys that people look at by themselves. */
  readonly keyNames: Pick<Keys, 'settings' | 'meta' | 'audit'>
}

/** @param prefix - First part of every key. */
export function openEnvironment(
  { redis, topology }: { readonly redis: RedisConnection; readonly topology: Topology },
  environment: string,
  prefix: string,
): Environment {
  const keys = keysOf(environment, prefix, databaseOf(redis))
  const place = { environment, keys, redis, topology }
  const put = createPut(place)
  return {
    name: environment,
    read: {
      current: () => readCurrent(place),
      newest: () => readNewest(place),
      revision: (revision) => readSettings(place, revision),
      candidate: () => readCandidate(place),
      revisions: () => readRevisions(place),
      history: () => readHistory(place),
      status: () => readStatus(place),
      nodes: () => readNodes(place),
      auditAfter: (id) => readAuditAfter(place, id),
    },
    refresh: createRefreshCommands(place, put),
    act: createActCommands(place, put),
    hubs: createHubReports(place),
    minutes: createMinutes(place),
    note: (entry) => note(place, entry),
    watch: (signal) => watchEnvironment(place, signal),
    now: () => readClock(place),
    permissions: () => readPermissions(place),
    whyNoWrites: () => whyNoWrites(place),
    keyNames: keys,
  }
}
