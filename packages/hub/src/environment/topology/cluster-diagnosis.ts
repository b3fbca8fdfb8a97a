import { askNode, translated, type NatMap } from '@vwo-hub/protocol/redis'
import type { RedisOptions } from 'ioredis'
import { messageOf } from '../../errors.ts'
import { counted } from '../../text/words.ts'
import { listOf } from './topology.ts'

const SLOT_COUNT = 16_384
/** So many addresses are named. */
const NAMED = 3
/** So many nodes are asked at once: each takes a connection of its own. */
const AT_ONCE = 8

interface Address {
  readonly host: string
  readonly port: number
}

interface Place {
  readonly nodes: readonly Address[]
  readonly natMap: NatMap | undefined
  /** User, password and TLS. */
  readonly access: RedisOptions
}

/**
 * Why a cluster cannot be used from here; undefined where it can: one of the nodes that are configured is well, and has
 * named masters for all slots that answer here.
 */
export async function whyUnusable(place: Place): Promise<string | undefined> {
  const ask = askEachOnce(place.access)
  const reasons = await Promise.all(place.nodes.map((node) => fromTheViewOf(node, place.natMap, ask)))
  return reasons.includes(undefined) ? undefined : [...new Set(reasons)].slice(0, NAMED).join('; ')
}

async function fromTheViewOf(
  node: Address,
  natMap: NatMap | undefined,
  ask: Ask,
): Promise<string | undefined> {
  try {
    const { info, ranges } = await ask(node)
    const served = Number(/^cluster_slots_ok:(\d+)/m.exec(info)?.[1] ?? 0)
    if (ranges.length === 0)
      return `${listOf([node])} serves no slot, and knows of no node that does: it has joined no cluster, or was reset`
    if (!info.includes('cluster_state:ok'))
      return `${listOf([node])} says cluster_state:fail: ${SLOT_COUNT - served} of ${SLOT_COUNT} slots are not served (CLUSTER NODES has more)`
    const masters = new Map(
      ranges.map(([, , [host, port]]) => {
        const announced = { host: host || node.host, port }
        return [listOf([announced]), translated(announced, natMap)]
      }),
    )
    const faults = await Promise.all([...masters].map((master) => whyUnreachable(master, ask)))
    const unreachable = faults.filter((fault) => fault !== undefined)
    if (unreachable.length === 0) return undefined
    const more = unreachable.length > NAMED ? ', …' : ''
    return (
      `${listOf([node])} answers, but ${counted(unreachable.length, 'master')} cannot be reached from here at the announced address: ` +
      `${unreachable.slice(0, NAMED).join(', ')}${more}; have them announce one that can be (cluster-announce-ip, ` +
      'cluster-announce-hostname), or translate it with REDIS_NAT_MAP'
    )
  } catch (error) {
    return `${listOf([node])}: ${messageOf(error)}`
  }
}

async function whyUnreachable(
  [announced, address]: readonly [string, Address],
  ask: Ask,
): Promise<string | undefined> {
  try {
    await ask(address)
    return undefined
  } catch (error) {
    const as = announced === listOf([address]) ? '' : ` as ${listOf([address])}`
    return `${announced}${as} (${messageOf(error)})`
  }
}

type SlotRange = [first: number, last: number, master: [host: string | null, port: number]]

interface Answer {
  readonly info: string
  readonly ranges: readonly SlotRange[]
}

/** Asks the node of an address. */
type Ask = (node: Address) => Promise<Answer>

/** However many name it, a node is asked once; those that are many are asked in turn. */
function askEachOnce(access: RedisOptions): Ask {
  const answers = new Map<string, Promise<Answer>>()
  const waiting: (() => void)[] = []
  let free = AT_ONCE

  async function ask(node: Address): Promise<Answer> {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    else free -= 1
    try {
      return await askNode(node, access, async (redis) => {
        const [info, ranges] = await Promise.all([redis.cluster('INFO'), redis.cluster('SLOTS')])
        return { info, ranges: ranges as unknown as SlotRange[] }
      })
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }

  return (node) => {
    const address = listOf([node])
    const answer = answers.get(address) ?? ask(node)
    answers.set(address, answer)
    return answer
  }
}
