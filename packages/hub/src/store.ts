import { createHash, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { Cluster, type Redis } from 'ioredis'
import {
  INLINE_LIMIT_BYTES,
  PROTOCOL,
  REVISIONS_KEPT,
  keysOf,
  type Trigger,
  type UpdateMessage,
} from '@vwo-hub/client/protocol'
import { HubError } from './errors.ts'
import { runScript, type RedisConnection } from './redis.ts'

const compress = promisify(gzip)

/** About how many entries the audit stream keeps. */
const AUDIT_KEPT = 1000
/** A staged body that no script has taken is gone after this many seconds. */
const STAGED_SECONDS = 60
/** Nodes that fetch a large file are spread so that Redis sends about this many bytes a second. */
const FETCH_BYTES_PER_SECOND = 1e9 / 1.5
/** Below this many bytes for all nodes together nothing is spread. */
const UNSPREAD_BYTES = 30e6

/** The fields of the `meta` hash, as stored. */
export interface Meta {
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
}

/** One attempt of a refresh: the token fences what it stores, the ticket is what it completes. */
export interface Attempt {
  readonly token: string
  readonly ticket: number
}

/** A checked settings-file on its way to Redis. */
export interface PublishInput {
  readonly text: string
  readonly meta: Omit<Meta, 'protocol'>
  /** One line in words, for the audit stream. */
  readonly summary: string
  /** The highest revision that this hub has seen: no new one may be lower, whatever Redis has forgotten. */
  readonly knownRevision: number
  readonly attempt: Attempt
  /** Should Redis have the same text already: no hub asks VWO again before this many milliseconds are over. */
  readonly delayMs: number
}

/** VWO's answer was what is stored already, as far as this hub knows. */
export interface ConfirmInput {
  readonly sha256: string
  readonly checkedAt: string
  readonly knownRevision: number
  readonly attempt: Attempt
  /** No hub asks VWO again before this many milliseconds are over. */
  readonly delayMs: number
}

export interface PublishResult {
  readonly result: 'published' | 'unchanged'
  readonly revision: number
  readonly previousRevision: number
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
  /** Ends an attempt that failed. @returns false when another hub has taken over. */
  postpone(token: string, delayMs: number): Promise<boolean>
  /**
   * Notes that VWO was asked and had nothing new.
   *
   * @returns false when something else is stored: then publish the text.
   * @throws {@link HubError} `lease-lost`
   */
  confirm(input: ConfirmInput): Promise<boolean>
  /** @throws {@link HubError} `lease-lost` when another hub has taken over; nothing was written then. */
  publish(input: PublishInput): Promise<PublishResult>
  /** Puts back what Redis has lost, under its old revision, unless something newer is there. */
  restore(published: Published): Promise<PublishResult>
  /** The current settings with their meta, both from one moment. */
  read(): Promise<Published | undefined>
  audit(entry: {
    readonly what: string
    readonly summary: string
    readonly [field: string]: string
  }): Promise<void>
  /** Writes what this hub says about itself; it is forgotten 30 s after the last report. */
  reportHub(id: string, fields: Readonly<Record<string, string | number>>): Promise<void>
  forgetHub(id: string): Promise<void>
}

/** How long a hub's report lives, in seconds. */
export const HUB_REPORT_SECONDS = 30

export const sha256Of = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex')

export function createStore(redis: RedisConnection, environment: string, prefix: string): Store {
  const keys = keysOf(environment, prefix)

  /** Runs the publishing script; what it does is told at the top of `lua/publish.lua`. */
  async function run(
    staged: string,
    parameters: { readonly meta: object; readonly knownRevision: number; readonly [name: string]: unknown },
    message: readonly [head: string, tail: string],
  ): Promise<{
    result: PublishResult['result'] | 'body-needed'
    revision: number
    previousRevision: number
  }> {
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
      ...[JSON.stringify({ ...common, ...parameters }), ...message],
    )) as ['published' | 'unchanged' | 'body-needed' | 'lease-lost', string, string]
    if (result === 'lease-lost') {
      throw new HubError(
        'lease-lost',
        `Cannot store what was fetched for "${environment}": another hub has taken over the refresh, and stores what it fetches itself.`,
      )
    }
    return { result, revision: Number(revision), previousRevision: Number(previousRevision) }
  }

  async function put(
    text: string,
    token: string,
    parameters: Parameters<typeof run>[1] & { readonly meta: Pick<Meta, 'sha256' | 'bytes'> },
  ): Promise<PublishResult> {
    const staged = keys.staged(token)
    const bytes = Number(parameters.meta.bytes)
    const isInline = bytes <= INLINE_LIMIT_BYTES
    const staging = [redis.set(staged, text, 'EX', STAGED_SECONDS)]
    let spreadMs = 0
    if (!isInline) {
      const compressed = await compress(text)
      staging.push(redis.set(`${staged}:gz`, compressed, 'EX', STAGED_SECONDS))
      spreadMs = spreadOf(await subscriberCount(redis, keys.updates), compressed.length)
    }
    const { sha256 } = parameters.meta
    const message = messageAround({
      environment,
      sha256,
      bytes,
      spreadMs,
      ...(isInline && { settings: text }),
    })
    // Sent together, not one after the other: Redis runs a connection's commands in the order they came.
    const [{ result, revision, previousRevision }] = await Promise.all([
      run(staged, { ...parameters, meta: { ...parameters.meta, protocol: String(PROTOCOL) } }, message),
      ...staging,
    ])
    if (result === 'body-needed') {
      throw new HubError(
        'redis-unreachable',
        `Cannot store settings of "${environment}": Redis has not kept the staged body. It is tried again.`,
      )
    }
    return { result, revision, previousRevision }
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
      const answer = (await runScript(
        redis,
        'vwoAcquire',
        keys.refresh,
        keys.meta,
        token,
        leaseMs,
        owed,
        pollIntervalMs,
      )) as string[]
      const [state, requested, completed, revision, now, waitMs, fruitless, trigger] = answer
      return {
        state: state as RefreshState['state'],
        requested: Number(requested),
        completed: Number(completed),
        revision: Number(revision),
        now: Number(now),
        waitMs: Number(waitMs),
        fruitless: Number(fruitless),
        trigger: trigger as Trigger,
      }
    },
    renew: async (token, leaseMs) => (await runScript(redis, 'vwoRenew', keys.refresh, token, leaseMs)) === 1,
    release: async (token) => (await runScript(redis, 'vwoRenew', keys.refresh, token, 0)) === 1,
    postpone: async (token, delayMs) =>
      (await runScript(redis, 'vwoPostpone', keys.refresh, token, Math.ceil(delayMs))) === 1,
    async confirm({ sha256, checkedAt, knownRevision, attempt, delayMs }) {
      const staged = keys.staged(attempt.token)
      const { result } = await run(
        staged,
        { ...attempt, knownRevision, delayMs, meta: { sha256, checkedAt } },
        ['', ''],
      )
      return result === 'unchanged'
    },
    publish: ({ text, attempt, ...rest }) =>
      put(text, attempt.token, { ...attempt, ...rest, what: 'publish' }),
    restore: ({ text, meta, revision }) =>
      put(text, randomUUID(), {
        meta,
        knownRevision: revision,
        restore: true,
        what: 'restored',
        summary: 'put back what Redis had lost',
      }),
    async read() {
      const answer = await redis.multi().get(keys.settings).hgetall(keys.meta).exec()
      const text = answer?.[0]?.[1]
      const meta = answer?.[1]?.[1] as (Meta & { readonly revision?: string }) | undefined
      if (typeof text !== 'string' || meta?.revision === undefined) return undefined
      return { text, meta, revision: Number(meta.revision) }
    },
    async audit(entry) {
      await redis.xadd(keys.audit, 'MAXLEN', '~', AUDIT_KEPT, '*', ...Object.entries(entry).flat())
    },
    async reportHub(id, fields) {
      const key = keys.hub(id)
      const now = Date.now()
      await Promise.all([
        redis.hset(key, fields),
        redis.expire(key, HUB_REPORT_SECONDS),
        redis.zadd(keys.hubs, now, id),
        redis.zremrangebyscore(keys.hubs, '-inf', now - 10 * HUB_REPORT_SECONDS * 1000),
      ])
    },
    async forgetHub(id) {
      await Promise.all([redis.del(keys.hub(id)), redis.zrem(keys.hubs, id)])
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

/** How long a large fetch is spread, so that many nodes fetching at once do not stall Redis. */
export function spreadOf(subscribers: number, bytes: number): number {
  const total = subscribers * bytes
  return total <= UNSPREAD_BYTES ? 0 : Math.ceil((total / FETCH_BYTES_PER_SECOND) * 1000)
}

async function subscriberCount(redis: RedisConnection, channel: string): Promise<number> {
  const count = async (subcommand: string, node: Pick<Redis, 'call'>): Promise<number> => {
    const answer = (await node.call('PUBSUB', subcommand, channel)) as [string, number]
    return answer[1]
  }
  if (!(redis instanceof Cluster)) return await count('NUMSUB', redis)
  // Subscribers are where their slot is; which node that is the cluster's client knows. Redis 6 has no sharded ones.
  const counts = await Promise.allSettled(redis.nodes('master').map((node) => count('SHARDNUMSUB', node)))
  return counts.reduce((sum, result) => sum + (result.status === 'fulfilled' ? result.value : 0), 0)
}
