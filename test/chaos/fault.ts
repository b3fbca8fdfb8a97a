/**
 * Every fault: what it does to the system, and how it ends.
 *
 * @module
 */
import type { FaultOrder } from '@vwo-hub/sandbox'
import type { Flow } from '../support/tcp-flow.ts'
import type { Network as NetworkState } from '../support/tcp-proxy.ts'
import type { Child } from './child.ts'
import type { FaultKind } from './event.ts'
import { everywhere, type Fault } from './fault-kind.ts'
import { hostileFaults } from './fault-hostile.ts'
import { redisFaults } from './fault-redis.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** One or more, sometimes all. */
function some<T>(list: readonly T[], random: Random): T[] {
  if (random.isChance(0.2)) return [...list]
  const [first, second] = [random.pick(list), random.pick(list)]
  return first === second || random.isChance(0.5) ? [first] : [first, second]
}

function ofChildren(
  kind: FaultKind,
  resource: 'hub' | 'app',
  lastsMs: Fault['lastsMs'],
  strike: (child: Child) => Promise<void>,
  heal: (child: Child) => void,
): Fault {
  return {
    kind,
    resource,
    lastsMs,
    topologies: everywhere,
    async begin(world, random) {
      const children = some<Child>(resource === 'hub' ? world.hubs : world.apps, random)
      await Promise.all(children.map(strike))
      return {
        target: children.map(({ name }) => name).join(', '),
        end: async () => children.forEach(heal),
      }
    },
  }
}

function ofNetworks(
  kind: FaultKind,
  lastsMs: Fault['lastsMs'],
  stateOf: ((random: Random) => NetworkState) | 'cut',
): Fault {
  return {
    kind,
    resource: 'network',
    lastsMs,
    topologies: everywhere,
    async begin({ networks }, random) {
      const struck = some(networks, random)
      // All connections, or each of them by chance.
      const share = random.pick([1, 0.5])
      const concerns = (): boolean => random.isChance(share)
      for (const { proxy } of struck) {
        if (stateOf === 'cut') proxy.cut()
        else proxy.set({ ...stateOf(random), concerns })
      }
      return {
        target: struck.map(({ name }) => name).join(', '),
        end: async () => struck.forEach(({ proxy }) => proxy.set({})),
      }
    },
  }
}

/** One direction or both. */
function eachWay(flow: Flow, random: Random): NetworkState {
  return random.pick([{ up: flow }, { down: flow }, { up: flow, down: flow }])
}

function ofVwo(kind: FaultKind, lastsMs: Fault['lastsMs'], orderOf: (random: Random) => FaultOrder): Fault {
  return {
    kind,
    resource: 'VWO',
    lastsMs,
    topologies: everywhere,
    async begin({ vwos, networks }, random) {
      const order = orderOf(random)
      const clears = vwos.map((vwo) => vwo.fault(order))
      return {
        target: JSON.stringify(order),
        async end() {
          for (const clear of clears) clear()
          // What still keeps coming is a part of the fault: a hub waits for it, as it is meant to.
          if (order.kind !== 'drip') return
          for (const { name, proxy } of networks) if (name.startsWith('hubs to VWO')) proxy.reset()
        },
      }
    },
  }
}

function ofSettings(kind: FaultKind, lastsMs: Fault['lastsMs'], how: Parameters<World['change']>[0]): Fault {
  return {
    kind,
    resource: 'settings',
    lastsMs,
    topologies: everywhere,
    async begin(world) {
      const { serial } = world.change(how)
      return { target: `edition ${serial}`, end: async () => void world.change() }
    },
  }
}

const hubRestarted: Fault = {
  kind: 'hub restarted',
  resource: 'hub',
  lastsMs: [0, 2000],
  topologies: everywhere,
  async begin({ hubs }, random) {
    const hub = random.pick(hubs)
    await hub.end()
    return { target: hub.name, end: async () => hub.start() }
  },
}

const hubClockWrong: Fault = {
  kind: 'hub clock wrong',
  resource: 'clock',
  lastsMs: [1000, 6000],
  topologies: everywhere,
  async begin(world, random) {
    const hub = random.pick(world.hubs)
    const minutes = random.pick([-30, -5, 5, 30])
    await world.setClock(hub.name, minutes * 60_000)
    return { target: `${hub.name} by ${minutes} min`, end: async () => world.setClock(hub.name, 0) }
  },
}

/** All that there are. */
export const faults: readonly Fault[] = [
  ...redisFaults,
  ofChildren(
    'hub killed',
    'hub',
    [0, 4000],
    async (hub) => hub.kill(),
    (hub) => hub.start(),
  ),
  ofChildren(
    'hub frozen',
    'hub',
    [500, 8000],
    async (hub) => hub.freeze(),
    (hub) => hub.thaw(),
  ),
  hubRestarted,
  hubClockWrong,
  ofChildren(
    'app killed',
    'app',
    [0, 3000],
    async (app) => app.kill(),
    (app) => app.start(),
  ),
  ofChildren(
    'app frozen',
    'app',
    [500, 6000],
    async (app) => app.freeze(),
    (app) => app.thaw(),
  ),
  ofNetworks('network cut', [100, 4000], 'cut'),
  ofNetworks('network half-open', [500, 6000], (random) => eachWay({ kind: 'swallow' }, random)),
  ofNetworks('network held', [500, 6000], (random) => eachWay({ kind: 'hold' }, random)),
  ofNetworks('network slow', [1000, 5000], (random) =>
    eachWay(
      random.isChance(0.5)
        ? { kind: 'delay', delayMs: random.integer(50, 1500) }
        : { kind: 'slow', bytesPerSecond: random.integer(2000, 50_000) },
      random,
    ),
  ),
  ofVwo('VWO slow', [1000, 5000], (random) => ({ kind: 'delay', delayMs: random.integer(200, 3500) })),
  ofVwo('VWO failing', [500, 4000], (random) =>
    random.pick<FaultOrder>([
      { kind: 'status', status: 500 },
      { kind: 'status', status: 429 },
      { kind: 'status', status: 201 },
      { kind: 'content-type' },
      { kind: 'oversized' },
      { kind: 'reset' },
    ]),
  ),
  ofVwo('VWO truncating', [500, 4000], () => ({ kind: 'truncation' })),
  ofVwo('VWO hanging', [500, 4000], (random) =>
    random.pick<FaultOrder>([{ kind: 'hang' }, { kind: 'drip', bytes: 20, everyMs: 100 }]),
  ),
  ofVwo('VWO of another account', [500, 4000], () => ({ kind: 'other-account' })),
  ofSettings('settings-file broken', [500, 3000], { isGood: false }),
  ofSettings('disk full', [500, 3000], { size: 'large' }),
  ...hostileFaults,
]

export function faultOf(kind: FaultKind): Fault {
  const fault = faults.find((candidate) => candidate.kind === kind)
  if (fault === undefined) throw new Error(`there is no fault "${kind}"`)
  return fault
}
