import { askNode, translated, type NatMap } from '@vwo-hub/protocol/redis'
import type { RedisOptions } from 'ioredis'
import { messageOf } from '../../errors.ts'
import { counted } from '../../text/words.ts'
import { listOf } from './topology.ts'

const SLOT_COUNT = 16_384
/** So many addresses are named. */
const NAMED = 3

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
  const reasons = await Promise.all(place.nodes.map((node) => fromTheViewOf(node, place)))
  return reasons.includes(undefined) ? undefined : [...new Set(reasons)].slice(0, NAMED).join('; ')
}

async function fromTheViewOf(node: Address, { access, natMap }: Place): Promise<string | undefined> {
  try {
    const { info, ranges } = await ask(node, access)
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
    const faults = await Promise.all([...masters].map((master) => whyUnreachable(master, access)))
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
  access: RedisOptions,
): Promise<string | undefined> {
  try {
    await ask(address, access)
    return undefined
  } catch (error) {
    const as = announced === listOf([address]) ? '' : ` as ${listOf([address])}`
    return `${announced}${as} (${messageOf(error)})`
  }
}

type SlotRange = [first: number, last: number, master: [host: string | null, port: number]]

async function ask(
  node: Address,
  access: RedisOptions,
): Promise<{ readonly info: string; readonly ranges: readonly SlotRange[] }> {
  return await askNode(node, access, async (redis) => {
    const [info, ranges] = await Promise.all([redis.cluster('INFO'), redis.cluster('SLOTS')])
    return { info, ranges: ranges as unknown as SlotRange[] }
  })
}
