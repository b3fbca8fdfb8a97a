/**
 * A master with replicas, and three sentinels that watch over them, for tests.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RedisConfig } from './redis-config.ts'
import { SandboxError } from '../errors.ts'
import { type Announce, type Address, announced } from './announce.ts'
import { ask, type Asking, waitUntil } from './redis-question.ts'
import { type RedisMember, replicationArgs, startRedisMember } from './redis-member.ts'
import { createSecurity, type RedisSecurityOptions } from './redis-security.ts'
import { sentinelConfig } from './sentinel-config.ts'

export interface SentinelGroupOptions extends RedisSecurityOptions {
  /** @default 1 */
  readonly replicas?: number
  /** How long a member may be silent until it counts as down, in milliseconds. @default 500 */
  readonly downAfterMs?: number
  /** Where members are reached, when not directly: by way of a proxy for example. */
  readonly announce?: Announce
  /** How long each step may take, in milliseconds. @default 10000 */
  readonly startTimeoutMs?: number
}

export interface SentinelGroup {
  /** For a hub; see also `asUser`, `clientOption` and `redisEnv`. */
  readonly config: RedisConfig
  /** Master and replicas; the master is the first at the start. One that is restarted follows the current master. */
  readonly members: readonly RedisMember[]
  readonly sentinels: readonly RedisMember[]
  /** Who the sentinels say is the master. */
  master(): Promise<RedisMember>
  /**
   * Waits until the sentinels have made another member the master and it takes writes.
   *
   * @throws {@link SandboxError} `timeout`
   */
  failedOver(from: RedisMember): Promise<RedisMember>
  /** Waits until all sentinels see the same master, nothing is wrong with it, and it takes writes. */
  well(): Promise<void>
  /** Has the sentinels change the master while all are well. @returns The new one. */
  failOver(): Promise<RedisMember>
  /** Ends everything. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const host = '127.0.0.1'
const masterName = 'vwo'
const sentinelCount = 3
/** How long one fail-over may take before another one is begun, in milliseconds. */
const attemptTimeoutMs = 5000

/**
 * Resolves when every replica is in step and the sentinels know each other: a fail-over is possible from then on.
 *
 * @throws {@link SandboxError} `redis-unreachable` or `timeout`
 */
export async function startSentinelGroup(options: SentinelGroupOptions = {}): Promise<SentinelGroup> {
  const { replicas = 1, downAfterMs = 500, startTimeoutMs = 10_000 } = options
  const security = createSecurity(options)
  const as: Asking = security
  const members: RedisMember[] = []
  const sentinels: RedisMember[] = []
  const addresses = new Map<RedisMember, Address>()
  const common = { host, port: undefined, isTls: security.isTls, startTimeoutMs, keepsDirectory: true }

  async function startData(): Promise<void> {
    let address: Address | undefined
    const member = await startRedisMember({
      ...common,
      role: 'redis-server',
      args: async (directory, port) => {
        address ??= await announced(options.announce, { host, port })
        const leader = await masterOfNewcomer({ host, port }, address)
        return [
          ...['--bind', host, ...(await security.args('redis-server', directory, port))],
          ...['--save', '', '--appendonly', 'no', ...replicationArgs],
          ...['--replica-announce-ip', address.host, '--replica-announce-port', String(address.port)],
          ...(leader === undefined ? [] : ['--replicaof', leader.host, String(leader.port)]),
        ]
      },
    })
    members.push(member)
    addresses.set(member, address ?? member)
  }

  /** Undefined: it is the master itself. */
  async function masterOfNewcomer(own: Address, announcedAs: Address): Promise<Address | undefined> {
    const [first] = members
    if (first === undefined) return undefined
    const named = await masterAddress().catch(() => undefined)
    if (named !== undefined) return named.port === announcedAs.port ? undefined : named
    // As a server that is configured once and for all.
    return first.port === own.port ? undefined : addresses.get(first)
  }

  async function startSentinel(watched: Address): Promise<void> {
    const sentinel = await startRedisMember({
      ...common,
      role: 'redis-sentinel',
      args: async (directory, port) => {
        const path = join(directory, 'sentinel.conf')
        const text = sentinelConfig({
          masterName,
          watched,
          quorum: Math.ceil(sentinelCount / 2),
          downAfterMs,
          owner: security.owner,
          opening: ['--bind', host, ...(await security.args('redis-sentinel', directory, port))],
        })
        // Sentinels write what they learn into it: one that is restarted goes on with that.
        await writeFile(path, text, { flag: 'wx' }).catch(keepExisting)
        return [path]
      },
    })
    sentinels.push(sentinel)
  }

  /** @returns What each sentinel that answers says. */
  async function masterAddresses(): Promise<Address[]> {
    const answers = sentinels.map(async (sentinel) => {
      const [name, port] = (await ask(sentinel, as, (redis) =>
        redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName),
      )) as [string, string]
      return { host: name, port: Number(port) }
    })
    const settled = await Promise.allSettled(answers)
    return settled.filter((answer) => answer.status === 'fulfilled').map(({ value }) => value)
  }

  /** One learns of a fail-over after the other: what they do not agree on is not yet so. */
  async function masterAddress(): Promise<Address> {
    const [first, ...others] = await masterAddresses()
    if (first !== undefined && others.every(({ port }) => port === first.port)) return first
    throw new SandboxError('not-found', 'The sentinels do not agree on a master.')
  }

  async function agreedMaster(): Promise<RedisMember> {
    const { port } = await masterAddress()
    const member = members.find((candidate) => (addresses.get(candidate) ?? candidate).port === port)
    if (member !== undefined) return member
    throw new SandboxError('not-found', `The sentinels name a master on port ${port}: none of the members.`)
  }

  async function master(): Promise<RedisMember> {
    return await waitUntil('the sentinels to agree on a master', startTimeoutMs, agreedMaster)
  }

  async function failedOver(from: RedisMember): Promise<RedisMember> {
    return await waitUntil('the sentinels to change the master', startTimeoutMs, () => successor(from))
  }

  async function successor(from: RedisMember): Promise<RedisMember | undefined> {
    const now = await agreedMaster()
    if (now === from) return undefined
    const role = (await ask(now, as, (redis) => redis.call('ROLE'))) as [string]
    return role[0] === 'master' ? now : undefined
  }

  async function well(): Promise<void> {
    await waitUntil('the sentinels to see nothing wrong', startTimeoutMs, async () => {
      const current = await agreedMaster()
      const role = (await ask(current, as, (redis) => redis.call('ROLE'))) as [string]
      const seen = await Promise.all(
        sentinels.map((sentinel) =>
          ask(sentinel, as, (redis) => redis.call('SENTINEL', 'MASTER', masterName)),
        ),
      )
      return role[0] === 'master' && seen.every(hasNoFlags) ? true : undefined
    })
  }

  async function close(): Promise<void> {
    await Promise.all([...sentinels, ...members].map((member) => member.close()))
  }

  async function start(): Promise<void> {
    await startData()
    for (let count = 0; count < replicas; count += 1) await startData()
    const [first, ...others] = members
    if (first === undefined) return
    // Before the sentinels: one that sees a replica out of step does not promote it.
    for (const replica of others) {
      await waitUntil('a replica to be in step', startTimeoutMs, async () => {
        const info = await ask(replica, as, (redis) => redis.info('replication'))
        return info.includes('master_link_status:up') ? true : undefined
      })
    }
    await Promise.all(
      Array.from({ length: sentinelCount }, async () => {
        await startSentinel(addresses.get(first) ?? first)
      }),
    )
    for (const sentinel of sentinels) {
      await waitUntil('the sentinels to know each other', startTimeoutMs, async () => {
        const info = await ask(sentinel, as, (redis) => redis.info('sentinel'))
        const isReady =
          info.includes(`status=ok`) && info.includes(`slaves=${replicas},sentinels=${sentinelCount}`)
        return isReady ? true : undefined
      })
    }
  }

  try {
    await start()
  } catch (error) {
    await close()
    throw error
  }

  return {
    config: {
      kind: 'sentinel',
      master: masterName,
      sentinels: sentinels.map(({ port }) => ({ host, port })),
      ...security.access,
      ...(security.owner && {
        sentinelUsername: security.owner.username,
        sentinelPassword: security.owner.password,
      }),
    },
    members,
    sentinels,
    master,
    failedOver,
    well,
    async failOver() {
      const from = await master()
      return await waitUntil('a fail-over', startTimeoutMs, async () => {
        for (const sentinel of sentinels) {
          const answer = ask(sentinel, as, (redis) => redis.call('SENTINEL', 'FAILOVER', masterName))
          // It may have to wait for the end of the one before, or for a replica to be in step.
          if (
            !(await answer.then(
              () => true,
              () => false,
            ))
          )
            continue
          return await waitUntil('its end', attemptTimeoutMs, () => successor(from))
        }
        return await successor(from)
      })
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Down, being failed over: what is wrong with a master is in its flags. RESP3 answers with a map, RESP2 with a list. */
function hasNoFlags(answer: unknown): boolean {
  if (!Array.isArray(answer)) return (answer as { readonly flags?: string }).flags === 'master'
  return answer[answer.indexOf('flags') + 1] === 'master'
}

function keepExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
