import { randomUUID } from 'node:crypto'
import { REVISIONS_KEPT } from '@vwo-hub/protocol'
import { HubError } from '../errors.ts'
import { type Large, messageAround, prepareLarge } from './announce.ts'
import { AUDIT_KEPT } from './audit-log.ts'
import type { Identity } from './identity.ts'
import { type Meta, spokenOf } from './meta.ts'
import type { SettingsText } from '../product/settings-text.ts'
import type { Place } from './place.ts'
import { argumentOf, runScript } from './scripts.ts'

/** A staged body that no script has taken is gone after this many seconds. */
const STAGED_SECONDS = 60

/** What a script that publishes is told; what it needs besides is the caller's. */
export interface Publication {
  /** Written into the meta hash, field by field. */
  readonly meta: Partial<Meta> & Pick<Meta, 'sha256' | 'bytes'>
  /** Of `vwoRestore`: the revision itself. Else what the settings-file was compared with, or is to replace. */
  readonly knownRevision: number
  /** In words, for audit and message. */
  readonly summary: string
  /** Whose settings they are, for the message. */
  readonly identity?: string | undefined
}

/** What an attempt leaves behind that has brought nothing new. */
export interface Fruitless {
  /** No hub asks VWO again before this many milliseconds are over. */
  readonly delayMs: number
  /** That was so many fetches in a row. */
  readonly fruitless: number
  /** How the series of rechecks goes on. @default as it was */
  readonly recheck?: Recheck | undefined
}

/** A series of fetches that follow a webhook. */
export interface Recheck {
  /** So many were made of it. */
  readonly made: number
  /** The next is due after this many milliseconds; 0: there is none. */
  readonly inMs: number
}

/** One attempt of a refresh: the token fences what it stores, the ticket is what it completes. */
export interface Attempt {
  readonly token: string
  readonly ticket: number
}

/** What each of the scripts that publish is told besides. */
export interface Publishing {
  readonly vwoPublish: {
    readonly attempt: Attempt & Fruitless
    /** Nothing is published over what is of another identity. */
    readonly own?: Identity | undefined
    /** What the guard has against it. */
    readonly hold?: { readonly held: string; readonly heldSince: string; readonly heldUntil: string }
  }
  readonly vwoRollback: {
    /** For the audit. */
    readonly what: 'rollback' | 'publish'
    /** Further names and values of the audit entry, in turn. */
    readonly entry: readonly string[]
    /** Pins it in the same step; a pin that lasts longer stays. */
    readonly pinnedUntil?: string
  }
  readonly vwoRestore: unknown
  readonly vwoRaise: {
    /** The revision is higher than this one. */
    readonly above: number
  }
}

export interface PublishResult {
  /**
   * - `pinned`: noted as waiting, because what is published is pinned.
   * - `held`: noted as held back, because of what the guard has against it.
   * - `moved`: not stored, because what is published is not `knownRevision` (any more).
   */
  readonly result: 'published' | 'unchanged' | 'pinned' | 'held' | 'moved'
  /** The one that is published now. */
  readonly revision: number
  readonly previousRevision: number
  /** The end of the pin that there is, after what a person has published. ISO 8601 UTC. */
  readonly pinnedUntil?: string
}

/** A settings-file's way into Redis. */
export interface Put {
  /** What can be done ahead of `put`, for any text that may be published. */
  prepare(text: SettingsText): Promise<Large | undefined>
  /** Stages the text and publishes it. @param large - Of the same text, where it has been prepared. */
  put<Name extends keyof Publishing>(
    script: Name,
    text: SettingsText,
    publication: Publication & Publishing[Name],
    large?: Large,
  ): Promise<PublishResult>
}

export function createPut(place: Place): Put {
  const { redis, topology, keys, environment } = place
  const prepare = (text: SettingsText): Promise<Large | undefined> => prepareLarge(place, text)

  return {
    prepare,
    async put(script, text, publication, prepared) {
      const staged = keys.staged(randomUUID())
      const large = prepared ?? (await prepare(text))
      const { sha256, bytes } = publication.meta
      const spoken = spokenOf(publication.meta.product)
      const message = messageAround({
        protocol: Number(spoken.protocol),
        speaks: Number(spoken.speaks),
        environment,
        product: spoken.product,
        sha256,
        bytes: Number(bytes),
        spreadMs: large?.spreadMs ?? 0,
        summary: publication.summary,
        ...(publication.identity !== undefined && { identity: publication.identity }),
        ...(large === undefined && { settings: argumentOf(text).toString() }),
      })
      const input = {
        ...publication,
        meta: { ...publication.meta, ...spoken },
        isCluster: topology.isSharded,
        channel: keys.updates,
        revisionsKept: REVISIONS_KEPT,
        auditKept: AUDIT_KEPT,
      }
      const common = [keys.meta, keys.settings, keys.revisions, keys.audit, staged, `${staged}:gz`]
      const all = script === 'vwoRestore' || script === 'vwoRaise' ? common : [...common, keys.refresh]
      // Sent together, not one after the other: Redis runs a connection's commands in the order they came. Nothing may
      // be awaited in between: one that fails meanwhile would fail unheard, and end the process.
      const staging = [
        redis.set(staged, argumentOf(text), 'EX', STAGED_SECONDS),
        ...(large === undefined ? [] : [redis.set(`${staged}:gz`, large.compressed, 'EX', STAGED_SECONDS)]),
      ]
      const [answer] = await Promise.all([
        runScript(redis, script, ...all, JSON.stringify(input), ...message),
        ...staging,
      ])
      const [result, revision, previousRevision, pinnedUntil = ''] = answer as string[]
      if (result === 'lease-lost') throw leaseLost(environment)
      if (result === 'body-needed') {
        throw new HubError(
          'redis-unreachable',
          `Cannot store settings of "${environment}": Redis has not kept the staged body. It is tried again.`,
        )
      }
      return {
        result: result as PublishResult['result'],
        revision: Number(revision),
        previousRevision: Number(previousRevision),
        ...(pinnedUntil !== '' && { pinnedUntil }),
      }
    },
  }
}

/** Nothing was stored: the refresh is another hub's now. */
export function leaseLost(environment: string): HubError {
  return new HubError(
    'lease-lost',
    `Cannot store what was fetched for "${environment}": another hub has taken over the refresh, and stores what it fetches itself.`,
  )
}
