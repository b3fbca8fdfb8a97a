/**
 * Small histories, each directed at one promise: whoever breaks it is caught.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { keysOf } from '@vwo-hub/protocol'
import { Redis } from 'ioredis'
import { until } from '../support/until.ts'
import type { Build } from './build.ts'
import type { ChaosEvent, FaultKind } from './event.ts'
import { reportOfOtherType, send } from './hostile-app.ts'
import type { Window } from './check/windows.ts'
import { leadsElsewhere } from './hostile-file.ts'
import { createRandom } from './random.ts'
import { serialOf } from './settings.ts'
import { startWorld, type World, type WorldOptions } from './world.ts'

export interface Scenario {
  readonly world?: Partial<WorldOptions>
  /** The world is whole when it begins; when it ends, all is well or never will be. */
  act(world: World): Promise<void>
}

/** Enough for each of them to be well again, and short enough to wait for a build that never is, in milliseconds. */
export const scenarioBoundMs = 8000

/**
 * One after the other in one world, which is whole again before each.
 *
 * @returns What happened, and when each of them began and ended.
 */
export async function runScenarios(
  options: Partial<WorldOptions>,
  scenarios: readonly Scenario[],
  build: Build,
): Promise<{ readonly history: readonly ChaosEvent[]; readonly windows: ReadonlyMap<Scenario, Window> }> {
  const world = await startWorld({
    topology: 'standalone',
    build,
    random: createRandom(1),
    ...{ hubs: 1, apps: 1, clientsPerApp: 2, appsWithSmallDisk: 0 },
    // Too long to be taken for anything else that makes a client read.
    checkIntervalMs: 60_000,
    // Longer than a scenario holds up an answer.
    fetchTimeoutMs: 20_000,
    ...options,
  })
  const windows = new Map<Scenario, Window>()
  try {
    await world.up()
    for (const scenario of scenarios) {
      await isWhole(world)
      const from = Date.now()
      await scenario.act(world)
      windows.set(scenario, { from, to: Date.now() })
    }
  } finally {
    await world.close()
  }
  return { history: world.history, windows }
}

/** A webhook arrives while VWO is being asked: what VWO answers then is older than the webhook. */
export const webhookDuringFetch: Scenario = {
  async act(world) {
    const asked = world.vwo.requests.length
    // Longer than a busy machine takes to accept the webhook, and well within the bound.
    world.vwo.fault({ kind: 'delay', delayMs: 3000, times: 1 })
    world.change()
    await world.vwo.requested(asked + 1)
    const { serial } = world.change()
    await isAccepted(world, serial)
    await isWell(world, serial)
  },
}

/** Nothing but changes. */
export const changesOnly: Scenario = {
  async act(world) {
    for (let count = 0; count < 3; count += 1) await isWell(world, world.change().serial)
  },
}

/** An update while the connection of an app is cut; its periodic read is a minute away. */
export const updateWhileCut: Scenario = {
  async act(world) {
    const { proxy } = networkOf(world, 'app-1 to Redis')
    const { serial } = world.change()
    await isWell(world, serial)
    const missed = await lasting(world, 'network cut', async () => {
      proxy.cut()
      const edition = world.change()
      await isStored(world, edition.serial)
      proxy.set({})
      return edition
    })
    await isWell(world, missed.serial)
  },
}

/** What a hub sends to Redis is held up so long that another hub has taken over, and then arrives. */
export const lateCommand: Scenario = {
  world: { hubs: 2 },
  async act(world) {
    const [first, second] = world.hubs
    const { proxy } = networkOf(world, 'hub-1 to Redis')
    const newest = await lasting(world, 'network held', async () => {
      await second?.kill()
      const asked = world.vwo.requests.length
      world.vwo.fault({ kind: 'delay', delayMs: 1000, times: 1 })
      world.change()
      await world.vwo.requested(asked + 1)
      proxy.set({ up: { kind: 'hold' } })
      second?.start()
      world.balance([second?.name ?? ''])
      const { serial } = world.change()
      await isStored(world, serial)
      // Its answer has come long ago, and it has sent what it wanted to store.
      await first?.kill()
      proxy.set({})
      await until(proxy.connections, (count) => count === 0)
      return serial
    })
    await isWell(world, newest)
  },
}

/** The disk is full when an app writes its cache file; then everything is down, and the app starts again. */
export const diskFull: Scenario = {
  world: { appsWithSmallDisk: 1, clientsPerApp: 1 },
  async act(world) {
    const { serial } = world.change()
    await until(
      () => readFile(world.cacheFile, 'utf8').catch(() => ''),
      (text) => serialOf(text) === serial,
    )
    const { serial: large } = world.change({ size: 'large' })
    await isWell(world, large)
    await isStored(world, large)
    await until(
      () => world.history,
      (history) => history.some((event) => event.kind === 'log' && event.text.includes('cache-file')),
    )
    const [app] = world.apps
    await lasting(world, 'redis killed', async () => {
      for (const hub of world.hubs) await hub.kill()
      await (await world.topology.master()).kill()
      await app?.kill()
      const before = world.history.length
      app?.start()
      await until(
        () => world.history.slice(before),
        (history) => history.some((event) => event.kind === 'client' && event.phase === 'settled'),
      )
    })
  },
}

/** A hub gets a webhook while it cannot reach Redis, and dies before it can. */
export const webhookWithoutRedis: Scenario = {
  world: { hubs: 2 },
  async act(world) {
    const [first] = world.hubs
    const { proxy } = networkOf(world, 'hub-1 to Redis')
    const { serial } = await lasting(world, 'network cut', async () => {
      proxy.cut()
      world.balance(['hub-1'])
      const posts = world.vwo.attempts.length
      const edition = world.change()
      await world.vwo.posts(posts + 1)
      await first?.kill()
      world.balance(['hub-2'])
      proxy.set({})
      return edition
    })
    await isWell(world, serial)
  },
}

/** VWO answers with what apps must not have. */
export const vwoHostile: Scenario = {
  async act(world) {
    await lasting(world, 'VWO hostile', async () => {
      const { serial } = world.offer((next) => ({
        ...{ serial: next, isGood: false, sha256: '' },
        ...leadsElsewhere(next),
      }))
      await until(
        () => world.history,
        (history) =>
          history.some(
            (event) =>
              (event.kind === 'stored' && event.serial === serial) ||
              (event.kind === 'log' && event.text.includes('"settings-refused"')),
          ),
      )
    })
    await isWell(world, world.change().serial)
  },
}

/** An app reports what is no report. */
export const appHostile: Scenario = {
  async act(world) {
    await lasting(world, 'app hostile', async () => {
      const { port } = await world.topology.master()
      const redis = new Redis({ ...world.topology.owner, port })
      await send(redis, reportOfOtherType(keysOf('default'), 'odd', Date.now()))
      redis.disconnect()
    })
    await isWell(world, world.change().serial)
    await world.look(scenarioBoundMs / 2)
  },
}

/** @returns What the act returns. */
async function lasting<T>(world: World, fault: FaultKind, act: () => Promise<T>): Promise<T> {
  const common = { kind: 'fault', id: world.history.length, fault, target: 'scenario' } as const
  world.record({ ...common, at: Date.now(), phase: 'begins' })
  const result = await act()
  world.record({ ...common, at: Date.now(), phase: 'ends' })
  return result
}

/** Waits until all is well, or until it is too late for that. */
async function isWell(world: World, serial: number): Promise<void> {
  await world.decides(serial, scenarioBoundMs + 500)
}

async function isAccepted(world: World, serial: number): Promise<void> {
  await until(
    () => world.history,
    (history) => history.some((event) => event.kind === 'accepted' && event.serial === serial),
  )
}

async function isStored(world: World, serial: number): Promise<void> {
  await until(
    () => world.history,
    (history) => history.some((event) => event.kind === 'stored' && event.serial === serial),
  )
}

/**
 * Every hub runs and gets webhooks, and what hubs do at their start is done: they ask for a refresh, and are ready when that
 * has been recorded. Nothing of before makes them ask once more: a webhook that came late, for example, and brought nothing.
 */
async function isWhole({ topology, hubs, balance }: World): Promise<void> {
  for (const hub of hubs) if (!hub.isRunning()) hub.start()
  balance(hubs.map(({ name }) => name))
  for (const hub of hubs) {
    await until(
      () => fetch(`http://127.0.0.1:${hub.adminPort()}/readyz`).then(({ status }) => status, String),
      (status) => status === 200,
    )
  }
  const redis = new Redis({ ...topology.owner, port: (await topology.master()).port })
  try {
    await until(
      () => redis.hmget(keysOf('default').refresh, 'requested', 'completed'),
      ([requested, completed]) => requested === completed,
    )
    await redis.hdel(keysOf('default').refresh, 'recheckAt', 'rechecks')
  } finally {
    redis.disconnect()
  }
}

function networkOf({ networks }: World, name: string) {
  const network = networks.find((candidate) => candidate.name === name)
  if (network === undefined) throw new Error(`there is no network "${name}"`)
  return network
}
