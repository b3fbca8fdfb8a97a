import { createConnection } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { askNode, reconnectDelayMs, translated, type NatMap } from '@vwo-hub/protocol/redis'
import { AbstractConnector, type RedisOptions } from 'ioredis'
import { messageOf } from '../errors.ts'

/** One node of a Redis Cluster. */
export interface ClusterNode {
  /** A name or an address. */
  readonly host: string
  /** Of the node itself, not of its bus. */
  readonly port: number
}

/** After this many milliseconds without an answer the next node is asked as well (as in RFC 8305). */
const ASK_NEXT_MS = 250

/**
 * Opens each connection to the node that serves one key's slot at that moment. All keys of an environment share a slot,
 * so that a client needs one connection to one node, in a cluster too, and can subscribe and read on it. A node that no
 * longer serves the slot refuses the next read (`MOVED`), the connection is replaced, and this asks anew.
 *
 * @param seeds - Nodes to ask; those that they name are asked too.
 * @param key - Any key of the environment.
 * @param access - User, password and TLS, the same for all nodes.
 * @param natMap - Addresses as nodes announce them, and where they are from here.
 */
export function clusterConnector(
  seeds: readonly ClusterNode[],
  key: string,
  access: RedisOptions,
  natMap: NatMap | undefined,
): NonNullable<RedisOptions['Connector']> {
  let known: readonly ClusterNode[] = seeds

  return class ClusterConnector extends AbstractConnector {
    constructor(options: unknown) {
      super((options as { readonly disconnectTimeout?: number }).disconnectTimeout ?? 2000)
    }

    /** Asks until a node answers: ioredis ends a connection for good when its connector gives up. */
    async connect(emit: (type: string, error: Error) => void): Promise<AbstractConnector['stream']> {
      this.connecting = true
      let node: ClusterNode | undefined
      for (let attempt = 1; node === undefined && this.connecting; attempt += 1) {
        try {
          node = await findNode()
        } catch (error) {
          emit('error', error as Error)
          await delay(reconnectDelayMs(attempt))
        }
      }
      if (node === undefined || !this.connecting) throw new Error('Connection is closed.')
      const tls: ConnectionOptions | undefined = access.tls
      this.stream = tls ? connectTls({ ...tls, ...node }) : createConnection({ ...node })
      this.stream.once('error', (error: Error) => (this.firstError = error))
      return this.stream
    }
  }

  async function findNode(): Promise<ClusterNode> {
    const nodes = new Map([...known, ...seeds].map((node) => [`${node.host}:${node.port}`, node]))
    const { master, nodes: told } = await firstAnswer([...nodes.values()])
    known = told
    return master
  }

  /** From a random node on, each later one once those before it have failed or are slow. */
  async function firstAnswer(nodes: readonly ClusterNode[]): Promise<Slots> {
    const first = Math.floor(Math.random() * nodes.length)
    const answers: Promise<Slots>[] = []
    for (const node of [...nodes.slice(first), ...nodes.slice(0, first)]) {
      answers.push(ask(node, key, access, natMap))
      const isSlow = delay(ASK_NEXT_MS, undefined, { ref: false })
      const answer = await Promise.race([Promise.any(answers), isSlow]).catch(() => undefined)
      if (answer !== undefined) return answer
    }
    try {
      return await Promise.any(answers)
    } catch (error) {
      const reasons = error instanceof AggregateError ? error.errors.map(messageOf) : [messageOf(error)]
      throw new Error(`no node of the cluster tells who serves ${key}: ${reasons.join('; ')}`, {
        cause: error,
      })
    }
  }
}

/** What a node tells of the cluster. */
interface Slots {
  /** The one that serves the key. */
  readonly master: ClusterNode
  readonly nodes: readonly ClusterNode[]
}

/** Asks one node who serves the key's slot. */
async function ask(
  node: ClusterNode,
  key: string,
  access: RedisOptions,
  natMap: NatMap | undefined,
): Promise<Slots> {
  try {
    return await askNode(node, access, async (redis) => {
      const [slot, ranges] = await Promise.all([redis.cluster('KEYSLOT', key), redis.cluster('SLOTS')])
      // Without a host it is the one that was asked.
      const nodeOf = ([host, port]: [string, number]): ClusterNode =>
        translated({ host: host || node.host, port }, natMap)
      const range = ranges.find(([first, last]) => first <= slot && slot <= last)
      const master = range?.[2] as [string, number] | undefined
      if (master === undefined) throw new Error(`it knows no node for slot ${slot}`)
      const nodes = ranges.flatMap(([, , ...members]) => members.map(([host, port]) => nodeOf([host, port])))
      return { master: nodeOf(master), nodes }
    })
  } catch (error) {
    throw new Error(`${node.host}:${node.port}: ${messageOf(error)}`, { cause: error })
  }
}
