import { keysOf, type Trigger } from '@vwo-hub/protocol'
import type { RedisConnection } from './connection.ts'
import { AUDIT_KEPT, entryOf, type AuditInput } from './audit-entry.ts'
import type { Large } from './large.ts'
import { createPut, leaseLost } from './put.ts'
import { runScript } from './scripts.ts'

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

/** The fields of the `meta` hash, as stored. */
export interface Meta extends Standing {
  readonly sha256: string
  readonly bytes: string
  readonly campaigns: string
  readonly publishedAt: string
  readonly fetchedAt: string
  readonly checkedAt: string
  readonly trigger: string
  readonly accountId: string
  readonly protocol: string
  /** Which SDK's format was asked for: `vwo-node-sdk/1.73.0`. */
  readonly sdk: string
  /** Only after a rollback: the revision whose content is published again. */
  readonly contentOf?: string
}

/** One stored settings-file with what is known about it. */
export interface Published {
  readonly revision: number
  readonly text: string
  readonly meta: Meta
}

/** What Redis knows about an environment's refresh, and whether this hub is to fetch now. */
export interface RefreshState {
  readonly state: 'idle' | 'wait' | 'leased'
  /** The highest ticket given out; to be completed when leased. */
  readonly requested: number
  readonly completed: number
  /** The revision that is stored; 0 when there is none. */
  readonly revision: number
  /** Redis' clock, Unix milliseconds. */
  readonly now: number
  /** When to look again, in milliseconds. Only with `wait`. */
  readonly waitMs: number
  /** Fetches in a row that brought nothing new. */
  readonly fruitless: number
  readonly trigger: Trigger
  /** The sha256 that has been released: the guard lets it through. */
  readonly released: string | undefined
  /** Redis may have evicted the settings-file, and kept its meta. */
  readonly hasSettings: boolean
  /** The meta of the stored revision. */
  readonly meta: Meta | undefined
}

/** One attempt of a refresh: the token fences what it stores, the ticket is what it completes. */
export interface Attempt {
  readonly token: string
  readonly ticket: number
}

/** A checked settings-file on its way to Redis. */
export interface PublishInput {
  readonly text: string
  /** Of the same text, where it has been prepared. */
  readonly large?: Large | undefined
  readonly meta: Omit<Meta, 'protocol'>
  /** One line in words, for the audit stream. */
  readonly summary: string
  /** The revision that the text was compared with; 0 when there was none. */
  readonly knownRevision: number
  /** What the guard has against it: it is published only when its sha256 has been released. */
  readonly hold?: { readonly held: string; readonly heldSince: string; readonly heldUntil: string }
  readonly attempt: Attempt
  /** Should there be nothing new in it: no hub asks VWO again before this many milliseconds are over. */
  readonly delayMs: number
  /** Then that was so many fetches in a row. */
  readonly fruitless: number
}

/** VWO's answer was what is stored already, as far as this hub knows. */
export interface ConfirmInput {
  readonly sha256: string
  readonly checkedAt: string
  readonly attempt: Attempt
  /** No hub asks VWO again before this many milliseconds are over. */
  readonly delayMs: number
  /** That was so many fetches in a row. */
  readonly fruitless: number
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
}

/** An earlier settings-file that a person publishes again. */
export interface RollbackInput {
  readonly text: string
  readonly meta: Pick<
    Meta,
    'sha256' | 'bytes' | 'campaigns' | 'publishedAt' | 'fetchedAt' | 'trigger' | 'accountId' | 'contentOf'
  >
  /** The revision that is replaced. */
  readonly knownRevision: number
  /** Pins it in the same step; a pin that lasts longer stays. */
  readonly pinnedUntil?: string
  readonly summary: string
  /** Further names and values of the audit entry, in turn. */
  readonly entry: readonly string[]
}

/** What ended a pin or a hold. */
export interface Lifted {
  /** Of the refresh that was asked for in the same step. */
  readonly ticket: number
  /** The `pinnedUntil` or `heldSha256` that there was. */
  readonly lifted: string
}

/** One environment in Redis: the only module that writes there. */
export interface Store {
  /** Gives out a ticket. Once this has resolved, a fetch that begins later will complete. */
  request(trigger: Trigger): Promise<number>
  acquire(input: {
    token: string
    leaseMs: number
    owed: number
    pollIntervalMs: number
  }): Promise<RefreshState>
  /** @returns false when another hub has taken over. */
  renew(token: string, leaseMs: number): Promise<boolean>
  /** Gives the lease back before its end, with the ticket still open. */
  release(token: string): Promise<boolean>
  /**
   * Ends an attempt that failed.
   *
   * @param delayMs - No hub asks VWO again before this many milliseconds are over.
   * @param fruitless - That was so many fetches in a row.
   * @returns false when another hub has taken over.
   */
  postpone(token: string, delayMs: number, fruitless: number): Promise<boolean>
  /**
   * Notes that VWO was asked and had nothing new.
   *
   * @returns false when something else is stored: then publish the text.
   * @throws {@link HubError} `lease-lost`
   */
  confirm(input: ConfirmInput): Promise<boolean>
  /** What can be done ahead of `publish`, for any text that may be published. @returns undefined for a small one. */
  prepare(text: Uint8Array | string): Promise<Large | undefined>
  /** @throws {@link HubError} `lease-lost` when another hub has taken over; nothing was written then. */
  publish(input: PublishInput): Promise<PublishResult>
  /** Puts back what Redis has lost, under its old revision, unless something newer is there. */
  restore(published: Published): Promise<PublishResult>
  /**
   * Puts back the pin of this revision, or the end of one, unless Redis has a newer word on it.
   *
   * @returns Whether Redis had lost it.
   */
  restorePin(published: Published): Promise<boolean>
  /**
   * Puts back the settings-file of the current revision, where it alone is gone.
   *
   * @returns Whether it still is the current one.
   */
  refill(published: Published): Promise<boolean>
  /** The current settings with their meta, both from one moment. */
  read(): Promise<Published | undefined>
  audit(entry: AuditInput): Promise<void>
  /** Publishes earlier content as a new revision, past any pin and the guard. */
  rollback(input: RollbackInput): Promise<PublishResult>
  /** @returns false when nothing is published: there is nothing to pin. */
  pin(pinnedUntil: string, entry: AuditInput): Promise<boolean>
  /**
   * Ends a pin, or releases what the guard holds back, and asks for the refresh that publishes it.
   *
   * @param which - The `pinnedUntil` or `heldSha256` that is meant. Default: whichever there is.
   * @returns undefined when there is none, or another one.
   */
  lift(kind: 'pin' | 'hold', entry: AuditInput, which?: string): Promise<Lifted | undefined>
  /** Redis' clock, Unix milliseconds. */
  now(): Promise<number>
  /**
   * Writes what this hub says about itself; it is forgotten 30 s after the last report.
   *
   * @param uptimeMs - How long it has run, where that is to be told: `startedAt` comes of it, by Redis' clock.
   */
  reportHub(id: string, fields: Readonly<Record<string, string | number>>, uptimeMs?: number): Promise<void>
  forgetHub(id: string): Promise<void>
}

/** How long a hub's report lives, in seconds. */
const HUB_REPORT_SECONDS = 30

export function createStore(redis: RedisConnection, environment: string, prefix: string): Store {
  const keys = keysOf(environment, prefix)

  const { prepare, put } = createPut(redis, environment, keys)

  async function readClock(): Promise<number> {
    // With a key before it, so that in a cluster the node is asked whose clock everything else goes by.
    const answer = await redis.multi().exists(keys.meta).time().exec()
    const [seconds, microseconds] = (answer?.[1]?.[1] ?? []) as (string | number)[]
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
  }

  let lastReport: Promise<void> = Promise.resolve()

  async function report(...[id, fields, uptimeMs]: Parameters<Store['reportHub']>): Promise<void> {
    const key = keys.hub(id)
    // Not this host's clock: hubs whose clocks differ would take each other off the list.
    const time = await readClock()
    await Promise.all([
      redis.hset(key, fields),
      uptimeMs !== undefined &&
        redis.hsetnx(key, 'startedAt', new Date(Math.round(time - uptimeMs)).toISOString()),
      redis.expire(key, HUB_REPORT_SECONDS),
      redis.zadd(keys.hubs, time, id),
      redis.zremrangebyscore(keys.hubs, '-inf', time - 10 * HUB_REPORT_SECONDS * 1000),
    ])
  }

  return {
    async request(trigger) {
      // A webhook says more than the other triggers: it decides which of VWO's endpoints is asked.
      const named =
        trigger === 'webhook'
          ? redis.hset(keys.refresh, 'trigger', trigger)
          : redis.hsetnx(keys.refresh, 'trigger', trigger)
      const [ticket] = await Promise.all([redis.hincrby(keys.refresh, 'requested', 1), named])
      return ticket
    },
    async acquire({ token, leaseMs, owed, pollIntervalMs }) {
      const [meta, ...answer] = (await runScript(
        redis,
        'vwoAcquire',
        keys.refresh,
        keys.meta,
        keys.settings,
        token,
        leaseMs,
        owed,
        pollIntervalMs,
      )) as [meta: string[], ...answer: string[]]
      const [state, requested, completed, revision, now, waitMs, fruitless, trigger, released, exists] =
        answer
      return {
        state: state as RefreshState['state'],
        requested: Number(requested),
        completed: Number(completed),
        revision: Number(revision),
        now: Number(now),
        waitMs: Number(waitMs),
        fruitless: Number(fruitless),
        trigger: trigger as Trigger,
        released: released === '' ? undefined : released,
        meta: metaOf(meta),
        hasSettings: exists === '1',
      }
    },
    renew: async (token, leaseMs) => (await runScript(redis, 'vwoRenew', keys.refresh, token, leaseMs)) === 1,
    release: async (token) => (await runScript(redis, 'vwoGiveBack', keys.refresh, token)) === 1,
    postpone: async (token, delayMs, fruitless) =>
      (await runScript(redis, 'vwoPostpone', keys.refresh, token, Math.ceil(delayMs), fruitless)) === 1,
    async confirm({ sha256, checkedAt, attempt, delayMs, fruitless }) {
      const all = [keys.refresh, keys.meta, keys.settings, keys.audit]
      const input = { sha256, checkedAt, attempt: { ...attempt, delayMs, fruitless }, auditKept: AUDIT_KEPT }
      const result = await runScript(redis, 'vwoConfirm', ...all, JSON.stringify(input))
      if (result === 'lease-lost') throw leaseLost(environment)
      return result === 'unchanged'
    },
    prepare,
    publish: ({ text, large, meta, summary, knownRevision, hold, attempt, delayMs, fruitless }) =>
      put(
        'vwoPublish',
        text,
        {
          ...{ meta, summary, knownRevision, attempt: { ...attempt, delayMs, fruitless } },
          ...(hold && { hold }),
        },
        large,
      ),
    rollback: ({ text, ...rest }) => put('vwoRollback', text, rest),
    restore: ({ text, meta, revision }) =>
      put('vwoRestore', text, { meta, knownRevision: revision, summary: 'put back what Redis had lost' }),
    async restorePin({ revision, meta: { pinSetAt = '0', pinnedUntil = '' } }) {
      const summary = `put back what Redis had lost: ${pinnedUntil ? `pinned until ${pinnedUntil}` : 'not pinned any more'}`
      const fields = entryOf({ what: 'restored', summary })
      return (
        (await runScript(
          redis,
          'vwoRestorePin',
          ...[keys.meta, keys.audit],
          ...[String(revision), pinSetAt, pinnedUntil, AUDIT_KEPT, ...fields],
        )) === 1
      )
    },
    async refill({ revision, text }) {
      const all = [keys.meta, keys.settings, keys.settingsOf(revision)]
      return (await runScript(redis, 'vwoRefill', ...all, String(revision), text)) === 1
    },
    async pin(pinnedUntil, entry) {
      const { meta, audit, refresh } = keys
      const fields = entryOf(entry)
      return (
        (await runScript(redis, 'vwoPin', meta, audit, refresh, pinnedUntil, AUDIT_KEPT, ...fields)) === 1
      )
    },
    async lift(kind, entry, which = '') {
      const { meta, audit, refresh } = keys
      const answer = (await runScript(
        redis,
        kind === 'pin' ? 'vwoUnpin' : 'vwoRelease',
        ...[meta, audit, refresh],
        ...[which, AUDIT_KEPT, ...entryOf(entry)],
      )) as [ticket: string, lifted: string] | null
      return answer === null ? undefined : { ticket: Number(answer[0]), lifted: answer[1] }
    },
    now: readClock,
    async read() {
      const answer = await redis.multi().get(keys.settings).hgetall(keys.meta).exec()
      const text = answer?.[0]?.[1]
      const meta = answer?.[1]?.[1] as (Meta & { readonly revision?: string }) | undefined
      if (typeof text !== 'string' || meta?.revision === undefined) return undefined
      return { text, meta, revision: Number(meta.revision) }
    },
    async audit(entry) {
      await redis.xadd(keys.audit, 'MAXLEN', '~', AUDIT_KEPT, '*', ...entryOf(entry))
    },
    reportHub(id, fields, uptimeMs) {
      lastReport = report(id, fields, uptimeMs)
      return lastReport
    },
    async forgetHub(id) {
      await lastReport.catch(() => {}) // Else what is on its way would bring it back.
      await Promise.all([redis.del(keys.hub(id)), redis.zrem(keys.hubs, id)])
    },
  }
}

/** The hash, as names and values in turn. */
function metaOf(list: readonly string[]): Meta | undefined {
  const fields = new Map<string, string>()
  for (let index = 0; index + 1 < list.length; index += 2)
    fields.set(list[index] ?? '', list[index + 1] ?? '')
  return fields.has('revision') ? (Object.fromEntries(fields) as unknown as Meta) : undefined
}
