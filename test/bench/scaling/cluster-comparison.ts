/**
 * A Cluster on this machine: an update must cost the master of its environment, and nobody else.
 *
 * @module
 */
import { keysOf } from '@vwo-hub/protocol'
import { startRedisCluster, type RedisMember } from '@vwo-hub/sandbox'
import { createPublisher } from '../../support/publisher.ts'
import { cpuRate, deploymentOf, pace, rounds, SMALL_BYTES, updates, type Compared } from './comparison.ts'
import { predict, WAKES_PER_SECOND, type UnitCosts } from './model.ts'
import { startPopulation, type Population } from './population.ts'
import { createWatcher, settledMemory } from './redis-usage.ts'

/** Three masters with two environments each: an update costs the master of its environment, and nobody else. */
export async function compareCluster(costs: UnitCosts, nodes: number): Promise<Compared[]> {
  const masters = 3
  await using cluster = await startRedisCluster({ masters })
  const places = await placesOf(cluster)
  const perEnvironment = Math.floor(nodes / places.length)
  const deployment = deploymentOf(perEnvironment * places.length, SMALL_BYTES, {
    ...{ kind: 'cluster', masters, environments: places.length, replicas: 0 },
  })
  // Each environment's nodes are a process of their own.
  const expected = predict(costs, deployment, 2 * WAKES_PER_SECOND)
  const populations: Population[] = []
  const watchers = cluster.nodes.map(({ host, port }) => createWatcher(host, port))
  const [place] = places
  if (place === undefined) throw new Error('expected environments')
  const publisher = await createPublisher(cluster.config, place.environment)
  try {
    for (const { environment, master } of places) {
      const population = await startPopulation()
      populations.push(population)
      await population.join({
        ...{ host: master.host, port: master.port, environment, count: perEnvironment },
        ...{ isCluster: true, isReporting: true, withinMs: 500 },
      })
      await population.pace(pace)
    }
    await Promise.all(watchers.map(settledMemory))
    const own = watchers[cluster.nodes.indexOf(place.master)]
    const other = watchers.find((watcher) => watcher !== own)
    const [population] = populations
    if (own === undefined || other === undefined || population === undefined)
      throw new Error('expected masters')
    const idle = await Promise.all(watchers.map((watcher) => cpuRate(watcher, 5)))
    const before = await other.usage()
    const idleCpu = idle[watchers.indexOf(own)] ?? 0
    const startedAt = performance.now()
    const seen = await updates({
      watcher: own,
      population,
      publish: publisher.publish,
      bytes: SMALL_BYTES,
      idleCpu,
    })
    const elapsed = (performance.now() - startedAt) / 1000
    const after = await other.usage()
    const idleElsewhere = idle[watchers.indexOf(other)] ?? 0
    return [
      {
        what: 'CPU of the busiest master, idle',
        unit: 'share',
        predicted: expected.idleCpu,
        measured: Math.max(...idle),
      },
      {
        what: '30 kB in the message: CPU of its master',
        unit: 's',
        predicted: expected.updateCpuSeconds,
        measured: seen.cpuSeconds,
      },
      {
        what: '30 kB in the message: egress of its master',
        unit: 'B',
        predicted: expected.payloadBytes,
        measured: seen.egressBytes,
      },
      {
        what: '30 kB in the message: CPU of another master',
        unit: 's',
        predicted: 0,
        measured: (after.cpuSeconds - before.cpuSeconds - idleElsewhere * elapsed) / (2 * rounds),
      },
    ]
  } finally {
    for (const population of populations) population.end()
    for (const watcher of watchers) watcher.close()
    publisher.close()
  }
}

/** Two environments for each master. */
async function placesOf(cluster: Awaited<ReturnType<typeof startRedisCluster>>) {
  const places: { environment: string; master: RedisMember }[] = []
  for (let index = 0; places.length < 2 * cluster.nodes.length; index += 1) {
    const environment = `env-${index}`
    const master = await cluster.master(keysOf(environment).meta)
    if (places.filter((place) => place.master === master).length < 2) places.push({ environment, master })
  }
  return places
}
