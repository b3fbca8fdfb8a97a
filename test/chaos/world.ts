/**
 * The whole system: a VWO, hubs and app processes, Redis, and the networks between them.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProductName } from '@vwo-hub/protocol'
import { startVwoSimulator, type VwoSimulator } from '@vwo-hub/sandbox'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { type AppProcess, createAppProcess } from './app-process.ts'
import type { Build } from './build.ts'
import { createDiary } from './diary.ts'
import { createEditor, type Editor, firstEdition } from './editor.ts'
import type { ChaosEvent } from './event.ts'
import { maxSettingsBytes } from './hostile-file.ts'
import { createHubProcess, type HubProcess } from './hub-process.ts'
import { observe } from './observer.ts'
import type { Random } from './random.ts'
import { account } from './settings.ts'
import { type Network, startTopology, type Topology, type TopologyName } from './topology.ts'

export interface WorldOptions {
  readonly topology: TopologyName
  readonly build: Build
  readonly random: Random
  readonly hubs: number
  readonly apps: number
  readonly clientsPerApp: number
  /** Whether there is an environment of FME, too: of each process some clients are of that. @default false */
  readonly hasFme?: boolean
  /** Option of the clients. @default 2000 */
  readonly checkIntervalMs?: number
  /** `HUB_FETCH_TIMEOUT_MS`. @default 3000 */
  readonly fetchTimeoutMs?: number
  /** How many of the app processes have a disk that is full when a file is large. @default 1 */
  readonly appsWithSmallDisk?: number
}

export interface World extends Editor {
  readonly topology: Topology
  /** Of FullStack. */
  readonly vwo: VwoSimulator
  /** Names in Redis and at the hubs, of all products. */
  readonly environments: readonly string[]
  /** Of all products. */
  readonly vwos: readonly VwoSimulator[]
  readonly hubs: readonly HubProcess[]
  readonly apps: readonly AppProcess[]
  readonly networks: readonly Network[]
  /** What has happened so far. */
  readonly history: readonly ChaosEvent[]
  record(event: ChaosEvent): void
  /** Sets the clock of a hub wrong; 0: right again. */
  setClock(hub: string, shiftMs: number): Promise<void>
  /** Whether every client of every process that runs decides by this edition, of its product, or a newer one, within this time. */
  decides(serial: number, timeoutMs: number): Promise<boolean>
  /** Looks at the nodes as people and Prometheus do, by every hub that runs. Records what each has answered by then. */
  look(withinMs: number): Promise<void>
  /** Webhooks are sent to these hubs only from now on. At first: to all, whether they run or not. */
  balance(hubs: readonly string[]): void
  /** Where the first client of every process remembers its settings. */
  readonly cacheFile: string
  /**
   * Waits until every client decides. From then on all has to be well whenever no fault lasts.
   *
   * @throws When that takes too long.
   */
  up(): Promise<void>
  /** Ends everything, hubs in order. Idempotent. */
  close(): Promise<void>
}

const host = '127.0.0.1'
/** How long everything may take to be up at the start, in milliseconds. */
const startTimeoutMs = 30_000
/** Blocks of 512 bytes: a small edition fits, a large one does not. */
const smallDiskBlocks = 128
const environments: Readonly<Record<ProductName, string>> = { fullstack: 'default', fme: 'flags' }
const secret = 'a-secret-for-webhooks'

export async function startWorld(options: WorldOptions): Promise<World> {
  const { build, random, clientsPerApp, checkIntervalMs = 2000 } = options
  const { fetchTimeoutMs = 3000, appsWithSmallDisk = 1, hasFme = false } = options
  const products: readonly ProductName[] = hasFme ? ['fullstack', 'fme'] : ['fullstack']
  const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-chaos-'))
  const cacheFile = join(folder, 'shared.json')
  const cacheFileOf = (product: ProductName, number: number, app: string): string => {
    if (product === 'fullstack') return number === 0 ? cacheFile : join(folder, `${app}.json`)
    return join(folder, number === 0 ? 'shared-fme.json' : `${app}-fme.json`)
  }
  const clockFile = (hub: string): string => join(folder, `${hub}.clock`)
  const diary = createDiary()
  const { history, record } = diary
  const hubNames = numbered('hub-', options.hubs)
  const appNames = numbered('app-', options.apps)
  const topology = await startTopology(options.topology, [...hubNames, ...appNames])

  const vwos = new Map<ProductName, VwoSimulator>()
  for (const product of products) {
    const { text: settingsFile } = firstEdition(product)
    const retry = { answerTimeoutMs: 2000 }
    vwos.set(product, await startVwoSimulator({ ...account, settingsFile, retry }))
  }
  const vwo = vwos.get('fullstack')
  if (vwo === undefined) throw new Error('expected an environment of FullStack')
  const editor = createEditor(vwos, diary)
  const ways = await Promise.all(
    [...vwos].map(async ([product, { port }]) => ({
      product,
      name: product === 'fullstack' ? 'hubs to VWO' : `hubs to VWO of ${product}`,
      proxy: await startTcpProxy({ target: () => ({ host, port }) }),
    })),
  )
  const configFile = join(folder, 'hub.json')
  const entries = ways.map(({ product, proxy }) => [
    environments[product],
    { product, ...account, webhookSecrets: [secret], baseUrl: urlOf(proxy) },
  ])
  await writeFile(configFile, JSON.stringify({ environments: Object.fromEntries(entries) }))

  const hubs = hubNames.map((name) =>
    createHubProcess({
      name,
      build,
      diary,
      clockFile: clockFile(name),
      env: {
        ...topology.hubEnv(name),
        HUB_CONFIG: configFile,
        HUB_FETCH_TIMEOUT_MS: String(fetchTimeoutMs),
        HUB_MAX_SETTINGS_BYTES: String(maxSettingsBytes),
      },
    }),
  )
  const admins = await Promise.all(
    hubs.map(({ adminPort }) => startTcpProxy({ target: () => ({ host, port: adminPort() }) })),
  )
  // One address for all hubs, as a load balancer that knows nothing about their health.
  let balanced: readonly HubProcess[] = hubs
  const balancer = await startTcpProxy({
    target: () => ({ host, port: random.pick(balanced).publicPort() }),
  })
  for (const [product, simulator] of vwos)
    simulator.announceTo({ url: `${urlOf(balancer)}/webhooks/${environments[product]}`, secret })

  const apps = appNames.map((name, index) =>
    createAppProcess({
      name,
      build,
      diary,
      ...(index < appsWithSmallDisk && { fileBlocks: smallDiskBlocks }),
      clients: numbered(`${name}.`, clientsPerApp).map((client, number) => {
        const ofFme = hasFme ? Math.floor(clientsPerApp / 2) : 0
        const place = number - (clientsPerApp - ofFme)
        const product = place < 0 ? 'fullstack' : 'fme'
        return {
          client,
          product,
          environment: environments[product],
          redis: topology.appOption(name),
          checkIntervalMs,
          // The first clients of all processes share one, the others of a process another one.
          cacheFile: cacheFileOf(product, place < 0 ? number : place, name),
          ...(number % 2 === 1 && { hub: { url: urlOf(random.pick(admins)) } }),
        }
      }),
    }),
  )

  async function decides(wanted: number, timeoutMs: number): Promise<boolean> {
    const isCurrent = (client: string): boolean => Number(diary.lastSerial(client)) >= wanted
    const areAll = (): boolean => apps.every((app) => !app.isRunning() || app.clients.every(isCurrent))
    return await until(areAll, Boolean, timeoutMs).catch(() => false)
  }

  async function look(withinMs: number): Promise<void> {
    const pathsOf = (name: string): string[] => [`/v1/environments/${name}/nodes`, `/environments/${name}`]
    const paths = [...products.flatMap((product) => pathsOf(environments[product])), '/metrics']
    for (const hub of hubs.filter((each) => each.isRunning())) {
      for (const path of paths) {
        const answer = await ask(() => `http://${host}:${hub.adminPort()}${path}`, withinMs)
        record({ kind: 'look', at: Date.now(), hub: hub.name, path, answer })
      }
    }
  }

  async function up(): Promise<void> {
    if (!(await decides(editor.newest(), startTimeoutMs))) {
      const said = history.filter(({ kind }) => kind === 'complaint' || kind === 'log')
      throw new Error(`The system did not come up:\n${said.map((event) => JSON.stringify(event)).join('\n')}`)
    }
    record({ kind: 'run', at: Date.now(), phase: 'up' })
  }

  const observers = topology.servers.flatMap((server) =>
    products.map((product) =>
      observe(server, topology.owner, {
        environment: environments[product],
        record: (event) => record({ ...event, product }),
      }),
    ),
  )
  let closed: Promise<void> | undefined
  async function end(): Promise<void> {
    record({ kind: 'run', at: Date.now(), phase: 'closing' })
    for (const child of [...hubs, ...apps]) child.thaw()
    await Promise.all([...hubs.map((hub) => hub.end()), ...apps.map((app) => app.kill())])
    await Promise.all(observers.map((stop) => stop()))
    const servers = [...vwos.values(), ...ways.map(({ proxy }) => proxy), balancer, ...admins]
    await Promise.all(servers.map((server) => server.close()))
    await topology.close()
    await rm(folder, { recursive: true, force: true })
  }

  for (const child of [...hubs, ...apps]) child.start()
  return {
    ...editor,
    topology,
    vwo,
    environments: products.map((product) => environments[product]),
    vwos: [...vwos.values()],
    hubs,
    apps,
    networks: [...topology.networks, { name: 'VWO to hubs', proxy: balancer }, ...ways],
    history,
    record,
    setClock: async (hub, shiftMs) => writeFile(clockFile(hub), String(shiftMs)),
    decides,
    look,
    balance(names) {
      balanced = hubs.filter(({ name }) => names.includes(name))
    },
    cacheFile,
    up,
    async close() {
      closed ??= end()
      await closed
    },
  }
}

/**
 * @returns 200, or what is wrong when it has not been that in time: also that the answer says so itself. A hub may have begun
 *   just now, or be about to reach Redis again.
 */
async function ask(urlOf: () => string, timeoutMs: number): Promise<number | string> {
  let seen: number | string = 'not asked'
  const look = async (): Promise<number | string> => {
    seen = await fetch(urlOf(), { signal: AbortSignal.timeout(timeoutMs) })
      .then(async (answer) => {
        const text = await answer.text()
        return /redis_up 0|Redis does not answer/.exec(text)?.[0] ?? answer.status
      })
      .catch(String)
    return seen
  }
  await until(look, (now) => now === 200, timeoutMs).catch(() => {})
  return seen
}

const numbered = (beginning: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${beginning}${index + 1}`)

const urlOf = ({ port }: { readonly port: number }): string => `http://${host}:${port}`
