/**
 * What can happen to Redis itself.
 *
 * @module
 */
import { Redis } from 'ioredis'
import { everywhere, type Fault } from './fault-kind.ts'

/** Asks a server past all networks. */
async function command(port: number, ...words: readonly [string, ...string[]]): Promise<void> {
  const redis = new Redis({ port, retryStrategy: () => null, commandTimeout: 5000 })
  redis.on('error', () => {})
  try {
    await redis.call(...words)
  } finally {
    redis.disconnect()
  }
}

/** Servers mostly, and sentinels. */
const redisKilled: Fault = {
  kind: 'redis killed',
  resource: 'redis',
  lastsMs: [200, 5000],
  topologies: everywhere,
  async begin({ topology }, random) {
    const victim = random.isChance(0.7)
      ? await topology.master()
      : random.pick([...topology.servers, ...topology.sentinels])
    await victim.kill()
    return { target: `Redis ${victim.port}`, end: async () => victim.restart() }
  },
}

const redisFrozen: Fault = {
  kind: 'redis frozen',
  resource: 'redis',
  lastsMs: [300, 8000],
  topologies: everywhere,
  async begin({ topology }, random) {
    const victim = random.isChance(0.7)
      ? await topology.master()
      : random.pick([...topology.servers, ...topology.sentinels])
    victim.freeze()
    return { target: `Redis ${victim.port}`, end: async () => victim.thaw() }
  },
}

const redisFlushed: Fault = {
  kind: 'redis flushed',
  resource: 'redis',
  lastsMs: [0, 0],
  topologies: everywhere,
  async begin({ topology }) {
    const { port } = await topology.master()
    await command(port, 'FLUSHALL')
    return { target: `Redis ${port}`, end: async () => {} }
  },
}

const redisBackWithOldData: Fault = {
  kind: 'redis back with old data',
  resource: 'redis',
  lastsMs: [1500, 5000],
  topologies: ['standalone'],
  async begin({ topology }) {
    const server = await topology.master()
    await command(server.port, 'SAVE')
    return { target: `Redis ${server.port}`, end: async () => server.restart({ keepData: true }) }
  },
}

const redisFailedOver: Fault = {
  kind: 'redis failed over',
  resource: 'redis',
  lastsMs: [0, 0],
  topologies: ['sentinel', 'cluster'],
  async begin({ topology }) {
    const { port } = await topology.master()
    await topology.failOver()
    return { target: `Redis ${port}`, end: async () => {} }
  },
}

export const redisFaults: readonly Fault[] = [
  redisKilled,
  redisFrozen,
  redisFlushed,
  redisBackWithOldData,
  redisFailedOver,
]
