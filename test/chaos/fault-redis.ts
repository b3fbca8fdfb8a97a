/**
 * What can happen to Redis itself.
 *
 * @module
 */
import type { RedisMember } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { everywhere, type Fault } from './fault-kind.ts'
import type { World } from './world.ts'

/** Asks a server past all networks, as its owner. */
async function command(
  { topology }: World,
  { port }: RedisMember,
  ...words: readonly [string, ...string[]]
): Promise<void> {
  const redis = new Redis({ ...topology.owner, port, retryStrategy: () => null, commandTimeout: 5000 })
  redis.on('error', () => {})
  try {
    await redis.call(...words)
  } finally {
    redis.disconnect()
  }
}

/** Does what takes from a server what it has. */
async function losing(world: World, { port }: RedisMember, act: () => Promise<void>): Promise<void> {
  const loss = { kind: 'loss', server: String(port) } as const
  world.record({ ...loss, at: Date.now(), phase: 'begins' })
  await act()
  world.record({ ...loss, at: Date.now(), phase: 'ends' })
}

/** Servers mostly, and sentinels. */
const redisKilled: Fault = {
  kind: 'redis killed',
  resource: 'redis',
  lastsMs: [200, 5000],
  topologies: everywhere,
  async begin(world, random) {
    const { topology } = world
    const victim = random.isChance(0.7)
      ? await topology.master()
      : random.pick([...topology.servers, ...topology.sentinels])
    await losing(world, victim, async () => victim.kill())
    return {
      target: `Redis ${victim.port}`,
      end: async () => losing(world, victim, async () => victim.restart()),
    }
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
  async begin(world) {
    const master = await world.topology.master()
    await losing(world, master, async () => command(world, master, 'FLUSHALL'))
    return { target: `Redis ${master.port}`, end: async () => {} }
  },
}

const redisBackWithOldData: Fault = {
  kind: 'redis back with old data',
  resource: 'redis',
  lastsMs: [1500, 5000],
  topologies: ['standalone'],
  async begin(world) {
    const server = await world.topology.master()
    await command(world, server, 'SAVE')
    return {
      target: `Redis ${server.port}`,
      end: async () => losing(world, server, async () => server.restart({ keepData: true })),
    }
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
