/**
 * The fields of the hashes in Redis that one side writes and the other reads, and of the cache file: their only home.
 *
 * @module
 */

/** What is noted in `meta` while something waits. Times are ISO 8601 UTC, by Redis' clock. */
export interface Standing {
  /** Only while pinned: until then a person alone publishes. Past its time a hub removes it. */
  readonly pinnedUntil?: string
  /** When a pin was last set or ended, Unix milliseconds by Redis' clock: what Redis has lost of it is put back. */
  readonly pinSetAt?: string
  /** Only while pinned, and VWO has something else: what it would change, and the sha256 of it. */
  readonly waiting?: string
  readonly waitingSha256?: string
  /** Only while the guard holds something back: what it would stop, its sha256, and when it is released by itself. */
  readonly held?: string
  readonly heldSha256?: string
  readonly heldSince?: string
  readonly heldUntil?: string
}

/** The hash `meta`, about the current revision. Times are ISO 8601 UTC, by Redis' clock. */
export interface Meta extends Standing {
  readonly revision: string
  readonly sha256: string
  readonly bytes: string
  /** How many campaigns the settings-file has. */
  readonly campaigns: string
  readonly publishedAt: string
  readonly fetchedAt: string
  /** The last time that VWO was asked and answered well. */
  readonly checkedAt: string
  readonly trigger: string
  readonly accountId: string
  /** Readers of this number and above understand it. */
  readonly protocol: string
  /** What it is a settings-file of: a `ProductName`; absent: `fullstack`. */
  readonly product?: string
  /** The protocol of the hub that was the last to ask VWO; absent: 1. */
  readonly speaks?: string
  /** Whose settings these are: SHA-256 of salt, account and sdkKey, in lines, in hexadecimal. Never the key. */
  readonly identity?: string
  /** 16 random bytes in hexadecimal. */
  readonly identitySalt?: string
  /** Which SDK's format was asked for: `vwo-node-sdk/1.73.0`. */
  readonly sdk: string
  /** Only after a rollback: the revision whose content is published again. */
  readonly contentOf?: string
  /** How its content was judged, as JSON: the version that judged it, and what is wrong with it. Only hubs read it. */
  readonly judged?: string
}

/** What a reader that follows an environment needs of `meta`, in this order. */
export const ANNOUNCED_FIELDS = [
  'revision',
  'sha256',
  'bytes',
  'protocol',
  'identity',
  'product',
] as const satisfies readonly (keyof Meta)[]

/** The report of a node, that is of a client in a process of an app. */
export const NODE_FIELDS = [
  /** What it decides with; 0 while it has no settings. */
  'revision',
  /** `starting`, `ready` or `stale`. */
  'state',
  /** When it began to decide with that revision: ISO 8601 UTC, by Redis' clock. Empty while it has no settings. */
  'appliedAt',
  /** From publication to then, in milliseconds; empty where the revision is older than the node. */
  'lagMs',
  'host',
  'pid',
  /** The SDK that it decides with: `vwo-node-sdk/1.73.0`. */
  'sdk',
  /** The version of the client. */
  'client',
] as const
export type NodeRecord = Readonly<Record<(typeof NODE_FIELDS)[number], string | number>>

/** The report of a hub. The last three only after its first fetch. */
export const HUB_FIELDS = [
  'state',
  'startedAt',
  'host',
  'pid',
  'version',
  /** The newest revision that it knows; 0 for none. */
  'revision',
  'lastFetchAt',
  'lastFetchResult',
  'lastFetchMessage',
] as const
export type HubRecord = Readonly<Partial<Record<(typeof HUB_FIELDS)[number], string | number>>>

/**
 * The first line of a client's cache file, as JSON; the settings-file follows as it was published. What may be absent is so in
 * files of earlier clients, which knew one product alone.
 */
export interface CacheRecord {
  readonly protocol: number
  readonly environment: string
  readonly revision: number
  /** Of what follows. */
  readonly sha256: string
  readonly prefix?: string | undefined
  /** Number of the database. */
  readonly database?: number | undefined
  readonly product?: string | undefined
  /** As `meta` had it. */
  readonly identity?: string | undefined
}
