/**
 * Measures what one node costs Redis, on this machine: CPU seconds of its one thread, bytes and memory.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises'
import { startRedisCluster, startRedisServer } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { createPublisher } from '../../support/publisher.ts'
import { spreadOf } from '../support/measure.ts'
import { lineOf, readAndWake, type Point } from './fit.ts'
import { costOf, NOTICE_BYTES, WAKES_PER_SECOND, type UnitCosts } from './model.ts'
import { startPopulation, type Population } from './population.ts'
import { calledAgain, createWatcher, type RedisUsage, settledMemory, type Watcher } from './redis-usage.ts'
import { ratiosOf, settingsText } from './settings-text.ts'

const environment = 'bench'
/** Clients that are measured together. */
const count = 2000
/** Of the settings-files that are published. */
const inlineBytes = [1000, 10_000, 30_000]
const fetchedBytes = [100_000, 1_000_000]
/** How often each is published. */
const rounds = 7

export interface Measured {
  readonly costs: UnitCosts
  /** CPU seconds of the process of the bare clients for one message of 30 kB. */
  readonly receive: number
  readonly lines: readonly string[]
}

export async function measureCosts(): Promise<Measured> {
  await using server = await startRedisServer({ args: ['--maxclients', '19000'] })
  const watcher = createWatcher(server.host, server.port)
  const publisher = await createPublisher(server.url, environment)
  const population = await startPopulation()
  try {
    return await measure(watcher, publisher.publish, population, server)
  } finally {
    population.end()
    publisher.close()
    watcher.close()
  }
}

async function measure(
  watcher: Watcher,
  publish: (text: string) => Promise<number>,
  population: Population,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Measured> {
  const lines: string[] = []
  const say = (what: string, value: number): void => void lines.push(`${what}: ${micro(value)}`)
  const empty = await overSeconds(watcher, 3)
  const join = { host, port, environment, count, isCluster: false, isReporting: true, withinMs: 0 }

  const before = await watcher.usage()
  await population.join(join)
  const joined = await watcher.usage()
  const connect = (joined.cpuSeconds - before.cpuSeconds) / count
  const connectBytes = (joined.egressBytes - before.egressBytes) / count
  say('connect', connect)

  // What they are asked for must be there.
  await population.have(await publish(settingsText(1000, 0)))
  const idleRate = await overSeconds(watcher, 5)
  const idle = Math.max(0, (cpuRate(idleRate) - cpuRate(empty)) / count)
  say('idle connection, per second', idle)

  const reads: { calls: number; wakes: number; cpu: number }[] = []
  let readBytes = 0
  for (const checkIntervalMs of [2000, 500, 150]) {
    await population.pace({ checkIntervalMs })
    await calledAgain(watcher, 'hmget', count)
    const span = await overSeconds(watcher, 4)
    const calls = callsIn(span, 'hmget')
    const cpu = cpuIn(span) - cpuRate(idleRate) * span.seconds
    readBytes = (span.after.egressBytes - span.before.egressBytes) / calls
    reads.push({ calls, wakes: Math.min(calls, WAKES_PER_SECOND * span.seconds), cpu })
    say(`read, at ${Math.round(calls / span.seconds)} a second`, cpu / calls)
  }

  const { read, wake } = readAndWake(reads)
  await population.pace({ checkIntervalMs: 2000 })
  say('read, among others', read)
  say('waking up for the first of them', wake)
  const memoryPerConnection = ((await settledMemory(watcher)) - before.memoryBytes) / count

  await population.pace({ reportIntervalMs: 500 })
  await calledAgain(watcher, 'exec', count)
  const reporting = await overSeconds(watcher, 4)
  const reportCalls = callsIn(reporting, 'exec')
  const wakes = Math.min(reportCalls, WAKES_PER_SECOND * reporting.seconds)
  const report = (cpuIn(reporting) - cpuRate(idleRate) * reporting.seconds - wakes * wake) / reportCalls
  const reportBytes = (reporting.after.egressBytes - reporting.before.egressBytes) / reportCalls
  say(`report, at ${Math.round(reportCalls / reporting.seconds)} a second`, report)
  await population.pace({})
  const memoryPerReport =
    Number(
      await watcher.call('MEMORY', 'USAGE', `vwo:{${environment}}:node:${environment}-host-000000-0dfc`),
    ) +
    Number(await watcher.call('MEMORY', 'USAGE', `vwo:{${environment}}:nodes`, 'SAMPLES', '0')) / count

  const delivered: Point[] = []
  const shares: number[] = []
  let serial = 0
  let receive = 0
  for (const bytes of inlineBytes) {
    const samples = await updates(bytes)
    const message = NOTICE_BYTES + bytes * ratiosOf(settingsText(bytes, 0)).escaping
    // A time by the clock, not of the CPU: of the others on the machine the least.
    const copy = Math.min(...samples.map((sample) => sample.copySeconds))
    const total = medianOf(samples.map((sample) => sample.cpuSeconds))
    delivered.push({ bytes: message, seconds: total })
    shares.push(Math.min(1, copy / total))
    receive = medianOf(samples.map((sample) => sample.receiveSeconds))
    say(`deliver ${bytes} bytes in the message (copy ${micro(copy)})`, total)
  }
  const deliver = lineOf(delivered)
  const notice = costOf(deliver, NOTICE_BYTES)
  const gets: Point[] = []
  for (const bytes of fetchedBytes) {
    const samples = await updates(bytes)
    const fetched = bytes * ratiosOf(settingsText(bytes, 0)).compression
    const seconds = medianOf(samples.map((sample) => sample.cpuSeconds)) - notice
    gets.push({ bytes: fetched, seconds })
    say(`notify and GET ${Math.round(fetched)} compressed bytes of ${bytes}`, seconds + notice)
  }
  const get = lineOf(gets)

  async function updates(bytes: number) {
    const samples: { cpuSeconds: number; copySeconds: number; receiveSeconds: number }[] = []
    for (let round = 0; round < rounds; round += 1) {
      const text = settingsText(bytes, (serial += 1))
      const [from, own] = [await watcher.usage(), await population.usage()]
      await population.have(await publish(text))
      const [to, after] = [await watcher.usage(), await population.usage()]
      samples.push({
        cpuSeconds: (to.cpuSeconds - from.cpuSeconds) / count,
        copySeconds: (to.command('publish').seconds - from.command('publish').seconds) / count,
        receiveSeconds: (after.cpuSeconds - own.cpuSeconds) / count,
      })
    }
    return samples
  }

  const list = await measureListing(watcher)
  say('list', list)
  const ask = await measureAsk()
  say('ask a node of a cluster who serves a slot', ask)
  return {
    costs: {
      idle,
      read,
      wake,
      report,
      connect,
      ask,
      list,
      deliver,
      copyShare: medianOf(shares),
      get,
      memoryPerConnection,
      memoryPerReport,
      readBytes,
      reportBytes,
      connectBytes,
    },
    receive,
    lines,
  }
}

/** As in `packages/client/src/cluster-connector.ts`: a connection of its own, two questions. */
async function measureAsk(): Promise<number> {
  await using cluster = await startRedisCluster()
  const [node] = cluster.nodes
  if (node === undefined) throw new Error('expected a node')
  const watcher = createWatcher(node.host, node.port)
  const from = await watcher.usage()
  const [turns, atOnce] = [5, 200]
  for (let turn = 0; turn < turns; turn += 1) {
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        const redis = new Redis(node.port, node.host, { lazyConnect: true, enableReadyCheck: false })
        await redis.connect()
        await Promise.all([redis.cluster('KEYSLOT', 'vwo:{bench}:meta'), redis.cluster('SLOTS')])
        redis.disconnect()
      }),
    )
  }
  const to = await watcher.usage()
  watcher.close()
  return (to.cpuSeconds - from.cpuSeconds) / (turns * atOnce)
}

/** Redis' own time for one HGETALL of a report: they come 200 at once, so that the rest hardly counts. */
async function measureListing(watcher: Watcher): Promise<number> {
  const from = await watcher.usage()
  const key = `vwo:{${environment}}:node:${environment}-host-000001-0dfc`
  const calls = 20_000
  for (let done = 0; done < calls; done += 200) {
    await Promise.all(Array.from({ length: 200 }, () => watcher.call('HGETALL', key)))
  }
  const to = await watcher.usage()
  return (to.cpuSeconds - from.cpuSeconds) / calls
}

interface Span {
  readonly seconds: number
  readonly before: RedisUsage
  readonly after: RedisUsage
}

async function overSeconds(watcher: Watcher, seconds: number): Promise<Span> {
  const before = await watcher.usage()
  const startedAt = performance.now()
  await delay(seconds * 1000)
  const after = await watcher.usage()
  return { seconds: (performance.now() - startedAt) / 1000, before, after }
}

const cpuIn = ({ before, after }: Span): number => after.cpuSeconds - before.cpuSeconds
const cpuRate = (span: Span): number => cpuIn(span) / span.seconds
const callsIn = ({ before, after }: Span, name: string): number =>
  after.command(name).calls - before.command(name).calls

const medianOf = (samples: readonly number[]): number => spreadOf(samples).p50
const micro = (seconds: number): string => `${(seconds * 1e6).toFixed(2)} µs`
