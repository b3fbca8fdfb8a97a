/**
 * The whole system: a VWO, hubs and app processes, Redis, and the networks between them.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startVwoSimulator, type VwoSimulator } from '@vwo-hub/hub/testing'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import type { Build } from './build.ts'
import { type Child, createChild } from './child.ts'
import type { ChaosEvent } from './event.ts'
import { observe } from './observer.ts'
import type { Random } from './random.ts'
import { type Edition, editionOf, type Size } from './settings.ts'
import { type Network, startTopology, type Topology, type TopologyName } from './topology.ts'

export interface WorldOptions {
  readonly topology: TopologyName
  readonly build: Build
  readonly random: Random
  readonly hubs: number
  readonly apps: number
  readonly clientsPerApp: number
  /** Option of the clients. @default 2000 */
  readonly checkIntervalMs?: number
  /** `HUB_FETCH_TIMEOUT_MS`. @default 3000 */
  readonly fetchTimeoutMs?: number
  /** How many of the app processes have a disk that is full when a file is large. @default 1 */
  readonly appsWithSmallDisk?: number
}

export interface World {
  readonly topology: Topology
  readonly vwo: VwoSimulator
  readonly hubs: readonly Child[]
  readonly apps: readonly Child[]
  readonly networks: readonly Network[]
  /** What has happened so far. */
  readonly history: readonly ChaosEvent[]
  record(event: ChaosEvent): void
  /** VWO has another settings-file, and says so with a webhook. */
  change(options?: { readonly size?: Size; readonly isGood?: boolean }): Edition
  /** The newest one that may be published. */
  newest(): number
  /** Sets the clock of a hub wrong; 0: right again. */
  setClock(hub: string, shiftMs: number): Promise<void>
  /** Whether every client of every process that runs decides by this edition or a newer one, within this time. */
  decides(serial: number, timeoutMs: number): Promise<boolean>
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

const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** How long everything may take to be up at the start, in milliseconds. */
const startTimeoutMs = 30_000
/** Blocks of 512 bytes: a small edition fits, a large one does not. */
const smallDiskBlocks = 128
const account = { accountId: 123_456, sdkKey: 'a'.repeat(32) }
const secret = 'a-secret-for-webhooks'

export async function startWorld(options: WorldOptions): Promise<World> {
  const { build, random, clientsPerApp, checkIntervalMs = 2000 } = options
  const { fetchTimeoutMs = 3000, appsWithSmallDisk = 1 } = options
  const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-chaos-'))
  const cacheFile = join(folder, 'shared.json')
  const history: ChaosEvent[] = []
  const record = (event: ChaosEvent): void => void history.push(event)
  const hubNames = Array.from({ length: options.hubs }, (_, index) => `hub-${index + 1}`)
  const appNames = Array.from({ length: options.apps }, (_, index) => `app-${index + 1}`)
  const topology = await startTopology(options.topology, [...hubNames, ...appNames])
  const isReplicated = topology.name !== 'standalone'
  let newest = editionOf(1)
  /** What each client decided last, by its name. */
  const decided = new Map<string, unknown>()

  const vwo = await startVwoSimulator({
    ...account,
    settingsFile: newest.text,
    retry: { answerTimeoutMs: 2000 },
  })
  recordChange(newest)
  const vwoProxy = await startTcpProxy({ target: () => ({ host: '127.0.0.1', port: vwo.port }) })
  /** Where hubs listen: at each start somewhere else, so that no port is taken meanwhile. */
  const addresses = new Map<string, { readonly publicPort: number; readonly adminPort: number }>()
  const portOf = (hub: string, which: 'publicPort' | 'adminPort'): number => addresses.get(hub)?.[which] ?? 1
  // One address for all hubs, as a load balancer that knows nothing about their health.
  let balanced: readonly string[] = hubNames
  const balancer = await startTcpProxy({
    target: () => ({ host: '127.0.0.1', port: portOf(random.pick(balanced), 'publicPort') }),
  })
  const admins = await Promise.all(
    hubNames.map((hub) =>
      startTcpProxy({ target: () => ({ host: '127.0.0.1', port: portOf(hub, 'adminPort') }) }),
    ),
  )
  vwo.announceTo({ url: `${urlOf(balancer)}/webhooks/default`, secret })

  const hubs = hubNames.map((name) => {
    return createChild({
      ...reporting(name),
      args: ['--import', program('clock.mjs'), build.hub, 'serve'],
      env: {
        ...topology.hubEnv(name),
        CLOCK_FILE: join(folder, `${name}.clock`),
        VWO_ACCOUNT_ID: String(account.accountId),
        VWO_SDK_KEY: account.sdkKey,
        VWO_WEBHOOK_SECRETS: secret,
        VWO_BASE_URL: urlOf(vwoProxy),
        HUB_HOST: '127.0.0.1',
        HUB_PORT: '0',
        HUB_ADMIN_PORT: '0',
        // It would find what a webhook has lost.
        HUB_POLL_INTERVAL_MS: '0',
        HUB_FETCH_TIMEOUT_MS: String(fetchTimeoutMs),
      },
      onLine(line) {
        record({ kind: 'log', at: Date.now(), process: name, text: line })
        const [, publicPort, adminPort] =
          /"publicUrl":"http:\/\/[\d.]+:(\d+)","adminUrl":"http:\/\/[\d.]+:(\d+)"/.exec(line) ?? []
        if (publicPort !== undefined)
          addresses.set(name, { publicPort: Number(publicPort), adminPort: Number(adminPort) })
        if (/"level":"fatal"/.test(line)) complain(name, line)
      },
    })
  })

  const apps = appNames.map((name, index) => {
    const clients = Array.from({ length: clientsPerApp }, (_, number) => ({
      client: `${name}.${number + 1}`,
      environment: 'default',
      redis: topology.appOption(name),
      checkIntervalMs,
      // The first clients of all processes share one, the others of a process another one.
      cacheFile: number === 0 ? cacheFile : join(folder, `${name}.json`),
      ...(number % 2 === 1 && { hub: { url: urlOf(random.pick(admins)) } }),
    }))
    return createChild({
      ...reporting(name),
      args: [program('clients.mjs'), JSON.stringify({ clientModule: build.clientModule, clients })],
      ...(index < appsWithSmallDisk && { fileBlocks: smallDiskBlocks }),
      onLine(line) {
        const event = parseLine(line)
        if (event === undefined) {
          complain(name, line)
          return
        }
        record({ ...event, process: name })
        if (event.kind === 'decision') decided.set(event.client, event.decided.serial)
      },
    })
  })

  function reporting(name: string) {
    return {
      name,
      onError: (text: string) => complain(name, text),
      onStart: () => record({ kind: 'process', at: Date.now(), process: name, phase: 'starts' }),
      onEnd(how: number | string, ordered: NodeJS.Signals | undefined) {
        for (const client of decided.keys()) if (client.startsWith(`${name}.`)) decided.delete(client)
        record({ kind: 'process', at: Date.now(), process: name, phase: 'ends', how, ordered })
      },
    }
  }

  function complain(process: string, text: string): void {
    record({ kind: 'complaint', at: Date.now(), process, text })
  }

  function recordChange({ serial, sha256, isGood }: Edition): void {
    record({ kind: 'change', at: Date.now(), serial, sha256, isGood })
  }

  let serial = newest.serial
  function change(how?: { readonly size?: Size; readonly isGood?: boolean }): Edition {
    serial += 1
    const edition = editionOf(serial, how)
    if (edition.isGood) newest = edition
    recordChange(edition)
    void announce(edition)
    return edition
  }

  async function announce(edition: Edition): Promise<void> {
    const isAccepted = await vwo.set(edition.text)
    if (isAccepted) record({ kind: 'accepted', at: Date.now(), serial: edition.serial })
  }

  function areCurrent(wanted: number): boolean {
    return apps
      .filter((app) => app.isRunning())
      .every((app) =>
        Array.from({ length: clientsPerApp }, (_, number) => decided.get(`${app.name}.${number + 1}`)).every(
          (got) => typeof got === 'number' && got >= wanted,
        ),
      )
  }

  async function decides(wanted: number, timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs
    while (!areCurrent(wanted)) {
      if (performance.now() > deadline) return false
      await sleep(20)
    }
    return true
  }

  const observers = topology.servers.map((server) => observe(server, record))
  let closed: Promise<void> | undefined
  async function end(): Promise<void> {
    record({ kind: 'run', at: Date.now(), phase: 'closing', isReplicated })
    for (const child of [...hubs, ...apps]) child.thaw()
    await Promise.all([...hubs.map((hub) => hub.end()), ...apps.map((app) => app.kill())])
    await Promise.all(observers.map((stop) => stop()))
    await Promise.all([vwo, vwoProxy, balancer, ...admins].map((server) => server.close()))
    await topology.close()
    await rm(folder, { recursive: true, force: true })
  }

  async function up(): Promise<void> {
    if (!(await decides(newest.serial, startTimeoutMs))) {
      const said = history.filter(({ kind }) => kind === 'complaint' || kind === 'log')
      throw new Error(`The system did not come up:\n${said.map((event) => JSON.stringify(event)).join('\n')}`)
    }
    record({ kind: 'run', at: Date.now(), phase: 'up', isReplicated })
  }

  for (const child of [...hubs, ...apps]) child.start()
  return {
    topology,
    vwo,
    hubs,
    apps,
    networks: [
      ...topology.networks,
      { name: 'VWO to hubs', proxy: balancer },
      { name: 'hubs to VWO', proxy: vwoProxy },
    ],
    history,
    record,
    change,
    newest: () => newest.serial,
    setClock: async (hub, shiftMs) => writeFile(join(folder, `${hub}.clock`), String(shiftMs)),
    decides,
    balance(names) {
      balanced = names
    },
    cacheFile,
    up,
    async close() {
      closed ??= end()
      await closed
    },
  }
}

const urlOf = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `http://${host}:${port}`

/** @returns Undefined for what is not JSON: somebody has printed. */
function parseLine(line: string) {
  try {
    return JSON.parse(line) as Extract<ChaosEvent, { client: string }>
  } catch {
    return undefined
  }
}
