import { PROTOCOL, REVISIONS_KEPT, type Keys, type UpdateMessage } from '@vwo-hub/protocol'
import { HubError } from '../errors.ts'
import { runScript, type RedisConnection } from './connection.ts'
import type { Meta, PublishResult } from './store.ts'
import { AUDIT_KEPT } from './audit-entry.ts'
import { type Large, prepareLarge } from './large.ts'

/** A staged body that no script has taken is gone after this many seconds. */
const STAGED_SECONDS = 60
/** What `lua/publish.lua` is told. */
export interface Publication {
  /** Written into the meta hash, field by field. */
  readonly meta: Partial<Meta>
  /** What the settings-file was compared with, and below what no revision is given out. */
  readonly knownRevision: number
  /** Of the attempt that holds the lease; without one it is the act of a person, or a restoration. */
  readonly token?: string
  readonly ticket?: number
  readonly delayMs?: number
  readonly fruitless?: number
  /** Under its old revision, `knownRevision`. */
  readonly restore?: boolean
  /** What the guard has against it. */
  readonly hold?: { readonly held: string; readonly heldSince: string; readonly heldUntil: string }
  /** Pins what is published in the same step. */
  readonly pinnedUntil?: string
  /** Of the audit entry: what happened, in which words, and further names and values in turn. */
  readonly what?: string
  readonly summary?: string
  readonly entry?: readonly string[]
}

/** A settings-file's way into Redis. */
export interface Put {
  /** What can be done ahead of `put`, for any text that may be published. */
  prepare(text: Uint8Array | string): Promise<Large | undefined>
  /** Stages the text and publishes it. @param large - Of the same text, where it has been prepared. */
  put(
    text: string,
    token: string,
    publication: Publication & { readonly meta: Pick<Meta, 'sha256' | 'bytes'> },
    large?: Large,
  ): Promise<PublishResult>
  /** Publishes nothing: only notes that VWO was asked. @returns false when something else is stored. */
  confirm(token: string, publication: Publication): Promise<boolean>
}

export function createPut(redis: RedisConnection, environment: string, keys: Keys): Put {
  const prepare = (text: Uint8Array | string): Promise<Large | undefined> =>
    prepareLarge(redis, keys.updates, text)

  async function run(
    staged: string,
    publication: Publication,
    message: readonly [head: string, tail: string],
  ): Promise<Omit<PublishResult, 'result'> & { result: PublishResult['result'] | 'body-needed' }> {
    const common = {
      isCluster: redis.isCluster,
      channel: keys.updates,
      revisionsKept: REVISIONS_KEPT,
      auditKept: AUDIT_KEPT,
      delayMs: 0,
    }
    const [result, revision, previousRevision] = (await runScript(
      redis,
      'vwoPublish',
      ...[keys.refresh, keys.meta, keys.settings, keys.revisions, keys.audit, staged, `${staged}:gz`],
      ...[JSON.stringify({ ...common, ...publication }), ...message],
    )) as [PublishResult['result'] | 'body-needed' | 'lease-lost', string, string]
    if (result === 'lease-lost') {
      throw new HubError(
        'lease-lost',
        `Cannot store what was fetched for "${environment}": another hub has taken over the refresh, and stores what it fetches itself.`,
      )
    }
    return { result, revision: Number(revision), previousRevision: Number(previousRevision) }
  }

  return {
    prepare,
    async put(text, token, publication, prepared) {
      const staged = keys.staged(token)
      const bytes = Number(publication.meta.bytes)
      const large = prepared ?? (await prepare(text))
      const { sha256 } = publication.meta
      const message = messageAround({
        environment,
        sha256,
        bytes,
        spreadMs: large?.spreadMs ?? 0,
        ...(publication.summary !== undefined && { summary: publication.summary }),
        ...(large === undefined && { settings: text }),
      })
      // Sent together, not one after the other: Redis runs a connection's commands in the order they came. Nothing may
      // be awaited in between: one that fails meanwhile would fail unheard, and end the process.
      const staging = [
        redis.set(staged, text, 'EX', STAGED_SECONDS),
        ...(large === undefined ? [] : [redis.set(`${staged}:gz`, large.compressed, 'EX', STAGED_SECONDS)]),
      ]
      const [{ result, ...revisions }] = await Promise.all([
        run(staged, { ...publication, meta: { ...publication.meta, protocol: String(PROTOCOL) } }, message),
        ...staging,
      ])
      if (result !== 'body-needed') return { result, ...revisions }
      throw new HubError(
        'redis-unreachable',
        `Cannot store settings of "${environment}": Redis has not kept the staged body. It is tried again.`,
      )
    },
    async confirm(token, publication) {
      const { result } = await run(keys.staged(token), publication, ['', ''])
      return result === 'unchanged'
    },
  }
}

/** The message on the channel, cut where the script puts the revision that it assigns. */
function messageAround(
  message: Omit<UpdateMessage, 'type' | 'protocol' | 'revision'>,
): [head: string, tail: string] {
  const { environment, ...rest } = message
  const head = JSON.stringify({ type: 'update', protocol: PROTOCOL, environment }).replace(
    /}$/,
    ',"revision":',
  )
  const tail = JSON.stringify(rest).replace(/^{/, ',')
  return [head, tail]
}
