import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createFmeClient } from '@vwo-hub/client/fme'
import { copyFmeSdk, recordingNetwork } from '../support/fme-copy.ts'
import { ann, reportingFmeClient, settings } from '../support/fme-trapped-client.ts'
import { isDevelopmentMode, reportingClient } from '../support/trapped-client.ts'
import { until } from '../support/until.ts'

/** An object with one property. */
const objectWith = (name: string, property: PropertyDescriptor): object =>
  Object.defineProperty({}, name, property)

/** Queries as those of Prisma, knex and mongoose: each runs once somebody waits for it, and again for each who does. */
function database(answer: () => Promise<unknown> = async () => null) {
  const ran: unknown[] = []
  const query = (about: unknown): unknown =>
    objectWith('then', {
      value(resolve: () => void, reject: () => void) {
        ran.push(about)
        return answer().then(resolve, reject)
      },
    })
  return { ran, query }
}

const down = async (): Promise<never> => Promise.reject(new Error('the database is down'))

/** A promise that is none of this realm's. */
const rejected = runInNewContext(`() => Promise.reject(new Error('the database is down'))`) as () => unknown

describe('what answers with a query that runs once it is waited for', () => {
  it('is a storage of FME like any other: each query runs once', async () => {
    const [reads, writes] = [database(), database()]
    const { isOn, told } = await reportingFmeClient({
      storage: { get: reads.query, set: writes.query },
    })
    expect(await isOn()).toBe(true)
    await until(
      () => writes.ran,
      (ran) => ran.length > 0,
    )
    expect(reads.ran).toEqual(['checkout'])
    expect(writes.ran).toEqual([expect.objectContaining({ featureKey: 'checkout', userId: 'ann' })])
    expect(told).toEqual([])
  })

  it('is a callback of FME like any other', async () => {
    const { ran, query } = database()
    const { isOn } = await reportingFmeClient({ integrations: { callback: query } })
    expect(await isOn()).toBe(true)
    await until(
      () => ran,
      (all) => all.length === 1,
    )
  })

  it('is a network of FME like any other: each event is sent once', async () => {
    const network = recordingNetwork()
    const { ran, query } = database(() => network.client.GET({ getOptions: () => ({}) }))
    const { vwo } = await reportingFmeClient({
      network: { client: { GET: query as never, POST: query as never } },
    })
    await vwo.trackEvent('purchase', ann)
    expect(await vwo.flushEvents()).toMatchObject({ status: 'success' })
    expect(vwo.eventCounts()).toMatchObject({ sent: ran.length, waiting: 0 })
  })

  it('is a storage of FullStack like any other, and a callback', async () => {
    const [writes, calls] = [database(), database()]
    const { methods } = reportingClient({
      isDevelopmentMode,
      asyncStorageConfig: { redisStorage: { get: async () => ({}), set: writes.query as never } },
      integrations: { callback: calls.query as never },
    })
    expect(await methods.activate('checkout', 'ann')).toBe('green')
    await until(
      () => [writes.ran.length, calls.ran.length],
      (counts) => counts.every((count) => count === 1),
    )
  })

  it('is a listener like any other', async () => {
    const { ran, query } = database()
    const vwo = createFmeClient({
      ...{ environment: 'prod', redis: 'redis://127.0.0.1:1', sdk: copyFmeSdk() },
      ...{ initialSettings: settings, options: { network: recordingNetwork() } },
    })
    vwo.on('ready', query)
    await vwo.ready()
    await until(
      () => ran,
      (all) => all.length === 1,
    )
    await vwo.close()
  })
})

describe('what a query, or a promise of another realm, is rejected with', () => {
  it.each([
    ['a query', database(down).query],
    ['a promise of another realm', rejected],
  ])('is told, and ends no process: %s', async (_what, set) => {
    const { isOn, told } = await reportingFmeClient({ storage: { get: set, set } })
    expect(await isOn()).toBe(true)
    const failed = (what: string): string =>
      `callback-failed: storage.${what} of the options failed: Error: the database is down`
    await until(
      () => told,
      (all) => all.includes(failed('get')) && all.includes(failed('set')),
    )
  })

  it('is not asked for where `then` cannot be read', async () => {
    const odd = objectWith('then', {
      get() {
        throw new Error('not to be read')
      },
    })
    const { isOn, told } = await reportingFmeClient({ storage: { get: () => null, set: () => odd } })
    expect(await isOn()).toBe(true)
    expect(told).toEqual([])
  })
})
