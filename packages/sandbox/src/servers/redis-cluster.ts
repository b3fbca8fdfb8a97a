/**
 * A Redis Cluster, for tests.
 *
 * @module
 */
import type { RedisConfig } from './redis-config.ts'
import { SandboxError } from '../errors.ts'
import { type Address, type Announce, announced } from './announce.ts'
import { isFree } from './free-port.ts'
import { type RedisMember, replicationArgs, startRedisMember } from './redis-member.ts'
import { ask, type Asking, waitUntil } from './redis-question.ts'
import { createSecurity, type RedisSecurityOptions } from './redis-security.ts'

export interface RedisClusterOptions extends RedisSecurityOptions {
  /** How many share the slots. @default 3 */
  readonly masters?: number
  /** Replicas of each master. Without any, the slots of a master that is down are not served. @default 0 */
  readonly replicas?: number
  /** How long a node may be silent until it counts as down, in milliseconds. @default 1000 */
  readonly nodeTimeoutMs?: number
  /** Where nodes are reached, when not directly: by way of a proxy for example. */
  readonly announce?: Announce
  /** How long each step may take, in milliseconds. @default 10000 */
  readonly startTimeoutMs?: number
}

export interface RedisCluster {
  /** For a hub; see also `asUser`, `clientOption` and `redisEnv`. */
  readonly config: RedisConfig
  /** The masters of the start, then their replicas. */
  readonly nodes: readonly RedisMember[]
  /** The node that serves a key now. */
  master(key: string): Promise<RedisMember>
  /**
   * Waits until another node serves a key.
   *
   * @throws {@link SandboxError} `timeout`
   */
  failedOver(key: string, from: RedisMember): Promise<RedisMember>
  /** Has a replica of the node that serves a key take its place while all are well. @returns The new one. */
  failOver(key: string): Promise<RedisMember>
  /** Waits until every node that runs says that all slots are served. A replica may be out of step yet. */
  well(): Promise<void>
  /** Waits until all are well and every replica is in step: no write that it has taken is lost by a fail-over. */
  whole(): Promise<void>
  /** Ends everything. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const host = '127.0.0.1'
const slotCount = 16_384
/** The port for talking to each other is this much above the one for clients. */
const busOffset = 10_000
/** Above is where outgoing connections get their ports from: one may have taken that of the bus. */
const highestBusPort = 32_000

/** What a node says of the cluster, and of itself. */
interface NodeState {
  readonly cluster: string
  readonly replication: string
}

type SlotRange = [first: number, last: number, ...nodes: [host: string, port: number, id: string][]]

/**
 * Resolves when all slots are served and all replicas are in step.
 *
 * @throws {@link SandboxError} `redis-unreachable` or `timeout`
 */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { masters = 3, replicas = 0, nodeTimeoutMs = 1000, startTimeoutMs = 10_000 } = options
  const security = createSecurity(options)
  const as: Asking = security
  const addresses = new Map<RedisMember, Address>()
  const nodes = await startAll(Array.from({ length: masters * (1 + replicas) }, () => startNode))

  async function startNode(): Promise<RedisMember> {
    let address: Address | undefined
    const node = await startRedisMember({
      role: 'redis-server',
      host,
      port: undefined,
      isSuitablePort: async (port) =>
        port + busOffset <= highestBusPort && (await isFree(port + busOffset, host)),
      isTls: security.isTls,
      startTimeoutMs,
      keepsDirectory: true,
      args: async (directory, port) => {
        address ??= await announced(options.announce, { host, port })
        const portOption = security.isTls ? '--cluster-announce-tls-port' : '--cluster-announce-port'
        return [
          ...[
            '--bind',
            host,
            ...(await security.args('redis-server', directory, port)),
            '--save',
            '',
            '--appendonly',
            'no',
            ...replicationArgs,
          ],
          ...['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeoutMs)],
          ...['--cluster-announce-ip', address.host, portOption, String(address.port)],
          ...['--cluster-announce-bus-port', String(port + busOffset)],
        ]
      },
    })
    addresses.set(node, address ?? node)
    return node
  }

  async function close(): Promise<void> {
    await Promise.all(nodes.map((node) => node.close()))
  }

  /** What `redis-cli --cluster create` does; but each meets each, who by gossip would hear of each other at some time. */
  async function join(): Promise<void> {
    for (const [index, node] of nodes.entries()) {
      await ask(node, as, async (redis) => {
        await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
        if (index < masters) await redis.call('CLUSTER', 'ADDSLOTS', ...slotsOf(index, masters))
        for (const other of nodes.slice(0, index))
          await redis.call('CLUSTER', 'MEET', other.host, other.port, other.port + busOffset)
      })
    }
    await whole(nodes.length)
    for (const [index, node] of nodes.slice(masters).entries()) {
      const leader = nodes[index % masters]
      if (leader !== undefined) await follow(node, leader)
    }
    await whole()
  }

  async function follow(node: RedisMember, leader: RedisMember): Promise<void> {
    const id = (await ask(leader, as, (redis) => redis.call('CLUSTER', 'MYID'))) as string
    await ask(node, as, (redis) => redis.call('CLUSTER', 'REPLICATE', id))
    await waitUntil('a replica to be in step', startTimeoutMs, async () => {
      const info = await ask(node, as, (redis) => redis.info('replication'))
      return info.includes('master_link_status:up') ? true : undefined
    })
  }

  /** @returns Of all that run; a rejection when one does not answer. */
  async function states(): Promise<NodeState[]> {
    const running = nodes.filter((node) => node.isRunning())
    return await Promise.all(
      running.map((node) =>
        ask(node, as, async (redis) => {
          const [cluster, replication] = await Promise.all([
            redis.call('CLUSTER', 'INFO'),
            redis.info('replication'),
          ])
          return { cluster: String(cluster), replication }
        }),
      ),
    )
  }

  /** Each node alone may be wrong: one that has just come back takes itself for the master that it was. */
  function areWell(found: readonly NodeState[], expectedMasters = masters): boolean {
    const serving = found.filter(
      ({ cluster }) =>
        cluster.includes('cluster_state:ok') && cluster.includes(`cluster_known_nodes:${nodes.length}\r`),
    )
    const leading = found.filter(({ replication }) => replication.includes('role:master'))
    return serving.length === found.length && leading.length === expectedMasters
  }

  async function well(): Promise<void> {
    await waitUntil('the cluster to serve all slots', startTimeoutMs, async () =>
      areWell(await states()) ? true : undefined,
    )
  }

  async function whole(expectedMasters = masters): Promise<void> {
    await waitUntil('the cluster to be whole', startTimeoutMs, async () => {
      const found = await states()
      const areInStep = found.every(({ replication }) => !replication.includes('master_link_status:down'))
      return areInStep && areWell(found, expectedMasters) ? true : undefined
    })
  }

  /** Of what the nodes say, that of the one that serves the key itself: others learn of a change later. */
  async function master(key: string): Promise<RedisMember> {
    const answers = nodes.map(async (node) => {
      const [slot, ranges] = (await ask(node, as, (redis) =>
        Promise.all([redis.call('CLUSTER', 'KEYSLOT', key), redis.call('CLUSTER', 'SLOTS')]),
      )) as [number, SlotRange[]]
      const port = ranges.find(([start, end]) => start <= slot && slot <= end)?.[2]?.[1]
      if (port !== addresses.get(node)?.port) throw new Error('another node serves it')
      return node
    })
    return await Promise.any(answers)
  }

  async function failedOver(key: string, from: RedisMember): Promise<RedisMember> {
    return await waitUntil('another node to serve the slot', startTimeoutMs, () => successor(key, from))
  }

  async function successor(key: string, from: RedisMember): Promise<RedisMember | undefined> {
    const now = await master(key)
    return now === from ? undefined : now
  }

  async function failOver(key: string): Promise<RedisMember> {
    const from = await master(key)
    const replica = await replicaOf(from)
    return await waitUntil('a replica to take over', startTimeoutMs, async () => {
      // Of a vote that took longer than the wait for it.
      const late = await successor(key, from)
      if (late !== undefined) return late
      await ask(replica, as, (redis) => redis.call('CLUSTER', 'FAILOVER'))
      // The other masters do not vote twice within two timeouts: it may have to ask again.
      return await waitUntil('the vote', 2 * nodeTimeoutMs, () => successor(key, from))
    })
  }

  async function replicaOf(served: RedisMember): Promise<RedisMember> {
    const id = (await ask(served, as, (redis) => redis.call('CLUSTER', 'MYID'))) as string
    for (const node of nodes) {
      const lines = await ask(node, as, (redis) => redis.call('CLUSTER', 'NODES')).catch(() => '')
      const isReplica = String(lines)
        .split('\n')
        .some((line) => line.includes('myself,slave') && line.includes(id))
      if (isReplica) return node
    }
    throw new SandboxError('not-found', `${served.host}:${served.port} has no replica that runs.`)
  }

  try {
    await join()
  } catch (error) {
    await close()
    throw error
  }

  return {
    config: { kind: 'cluster', nodes: [...addresses.values()], ...security.access },
    nodes,
    master,
    failedOver,
    failOver,
    well,
    whole: () => whole(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** All or none: those that did start are closed when another does not. */
async function startAll(starts: readonly (() => Promise<RedisMember>)[]): Promise<RedisMember[]> {
  const results = await Promise.allSettled(starts.map((start) => start()))
  const started = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed === undefined) return started
  await Promise.all(started.map((member) => member.close()))
  throw failed.reason
}

function slotsOf(index: number, masters: number): number[] {
  const first = Math.floor((index * slotCount) / masters)
  const next = Math.floor(((index + 1) * slotCount) / masters)
  return Array.from({ length: next - first }, (_, offset) => first + offset)
}
