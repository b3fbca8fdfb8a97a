import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { INLINE_LIMIT_BYTES, type UpdateMessage } from '@vwo-hub/protocol'
import type { Redis } from 'ioredis'
import type { SettingsText } from '../product/settings-text.ts'
import type { Place } from './place.ts'

const compress = promisify(gzip)
/** Half of the time that zlib takes by default, for an eighth more bytes; and in pieces of a size that few are larger than. */
const COMPRESSION = { level: 3, chunkSize: 256 * 1024 }

/** Nodes that fetch a large file are spread so that Redis sends about this many bytes a second. */
const FETCH_BYTES_PER_SECOND = 1e9 / 1.5
/** Below this many bytes for all nodes together nothing is spread. */
const UNSPREAD_BYTES = 30e6

/** How nodes come to a settings-file that is too large for the message. */
export interface Large {
  /** What they fetch. */
  readonly compressed: Buffer
  /** Within how many milliseconds, so that many at once do not stall Redis. */
  readonly spreadMs: number
}

/**
 * Prepares a text for being fetched; it is compressed on another thread.
 *
 * @returns undefined for one that travels in the message.
 */
export async function prepareLarge(place: Place, text: SettingsText): Promise<Large | undefined> {
  if (text.length <= INLINE_LIMIT_BYTES) return undefined
  const [compressed, subscribers] = await Promise.all([compress(text, COMPRESSION), subscriberCount(place)])
  return { compressed, spreadMs: spreadOf(subscribers, compressed.length) }
}

function spreadOf(subscribers: number, bytes: number): number {
  const total = subscribers * bytes
  return total <= UNSPREAD_BYTES ? 0 : Math.ceil((total / FETCH_BYTES_PER_SECOND) * 1000)
}

/** @throws `NOPERM`, which somebody has to grant. Redis that does not answer will not take the text either. */
async function subscriberCount({ redis, topology, keys }: Place): Promise<number> {
  // Redis 6 has no sharded ones.
  const subcommand = topology.isSharded ? 'SHARDNUMSUB' : 'NUMSUB'
  const count = async (node: Pick<Redis, 'call'>): Promise<number> => {
    try {
      const answer = (await node.call('PUBSUB', subcommand, keys.updates)) as [string, number]
      return answer[1]
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('NOPERM')) throw error
      return 0
    }
  }
  const counts = await Promise.all(topology.subscribed(redis).map(count))
  return counts.reduce((sum, subscribers) => sum + subscribers, 0)
}

/** The message on the channel, cut where the script puts the revision that it assigns. */
export function messageAround(
  message: Omit<UpdateMessage, 'type' | 'revision'>,
): [head: string, tail: string] {
  const { protocol, speaks, environment, ...rest } = message
  const first = { type: 'update', protocol, speaks, environment }
  const head = JSON.stringify(first).replace(/}$/, ',"revision":')
  const tail = JSON.stringify(rest).replace(/^{/, ',')
  return [head, tail]
}
