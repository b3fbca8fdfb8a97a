import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFmeTestClient, type FmeTestClientOptions } from '@vwo-hub/client/testing'
import { copyFmeSdk, recordingNetwork } from '../support/fme-copy.ts'
import { abTest, fmeSettings, rollout } from '../support/fme-settings.ts'
import { until } from '../support/until.ts'

const settings = fmeSettings([{ key: 'checkout', rules: [rollout(), abTest()] }])
interface User {
  readonly id: string
  readonly userAgent: string
}
/** The user agent is part of an event. */
const users: readonly User[] = ['ann', 'bert', 'carl', 'dora', 'emil', 'fay', 'gus', 'hal'].map((id) => ({
  id,
  userAgent: id,
}))
const [ann, bert, carl] = users as [User, User, User]

/** Clients of one process: all with one copy of the SDK, as an app has it. */
function oneProcess() {
  const sdk = copyFmeSdk()
  return async (more: Omit<Partial<FmeTestClientOptions>, 'sdk'> = {}) => {
    const vwo = await createFmeTestClient({ sdk, settings, ...more })
    onTestFinished(vwo.close)
    return vwo
  }
}

type Client = Awaited<ReturnType<ReturnType<typeof oneProcess>>>
const labels = (vwo: Client): Promise<unknown[]> =>
  Promise.all(users.map(async (user) => (await vwo.getFlag('checkout', user)).getVariable('label')))

/** Everybody was in the first variation before. */
function storage() {
  const asked: string[] = []
  const kept = {
    featureId: 1,
    ...{ rolloutId: 11, rolloutKey: 'checkout_rolloutRule1', rolloutVariationId: 1 },
    ...{ experimentId: 12, experimentKey: 'checkout_experimentRule2', experimentVariationId: 1 },
  }
  const get = (_feature: string, user: string): object => {
    asked.push(user)
    return kept
  }
  return { asked, get, set: () => {} }
}

/** Sends, and says which users' events have arrived. */
function collector() {
  const { sent, client } = recordingNetwork()
  return {
    // From 1.42 on the SDK has batches by default.
    options: { network: { client }, isBatchingDisabled: true },
    has: ({ userAgent }: User) => JSON.stringify(sent).includes(`"visitor_ua":"${userAgent}"`),
  }
}

/** Later versions share nothing, and refuse nothing. */
const upTo135 = it.runIf(process.env['VWO_FME_SDK'] === undefined)

const hourly = { eventsPerRequest: 100, requestTimeInterval: 3600 }
const batched = (batchEventData: typeof hourly) => ({ isBatchingDisabled: false, batchEventData })

describe('after a client that was closed', () => {
  it('one without its storage decides as in a process of its own', async () => {
    const make = oneProcess()
    const theirs = storage()
    const first = await make({ options: { storage: theirs } })
    expect(await labels(first)).toEqual(users.map(() => 'Control'))
    await first.close()
    theirs.asked.length = 0
    const alone = await labels(await oneProcess()())
    expect(new Set(alone)).toEqual(new Set(['Control', 'Variation-1']))
    expect(await labels(await make())).toEqual(alone)
    expect(theirs.asked).toEqual([])
    expect(await labels(first)).toEqual(users.map(() => 'Control'))
  })

  it('one without its batches sends each event as it comes', async () => {
    const make = oneProcess()
    const first = await make({
      options: { ...collector().options, ...batched(hourly) },
      sendEvents: true,
    })
    await labels(first)
    await first.close()
    const { has, options } = collector()
    const second = await make({ options, sendEvents: true })
    await second.getFlag('checkout', bert)
    await until(() => has(bert), Boolean)
    expect(second.eventCounts()).toEqual({ sent: 3, refused: 0, dropped: 0, waiting: 0 })
    expect(await second.flushEvents()).toEqual({ status: 'success', events: [] })
  })

  upTo135(
    'one with a gateway service, to which its batches would go, is refused, unless it sends nothing',
    async () => {
      const make = oneProcess()
      await (await make({ options: { batchEventData: hourly } })).close()
      const options = { gatewayService: { url: 'http://127.0.0.1:1' } }
      await expect(make({ options, sendEvents: true })).rejects.toMatchObject({
        code: 'swap-failed',
        message: expect.stringContaining('in batches from then on'),
      })
      expect(await labels(await make({ options }))).toHaveLength(users.length)
    },
  )
})

describe('beside another client', () => {
  it('each asks its own storage, or none', async () => {
    const make = oneProcess()
    const [one, other] = [storage(), storage()]
    const first = await make({ options: { storage: one } })
    const second = await make({ options: { storage: other } })
    const third = await make()
    const alone = await labels(await oneProcess()())
    await first.getFlag('checkout', ann)
    await second.getFlag('checkout', bert)
    expect(await labels(third)).toEqual(alone)
    expect([one.asked, other.asked]).toEqual([[ann.id], [bert.id]])
    await first.close()
    await second.getFlag('checkout', ann)
    expect([one.asked, other.asked]).toEqual([[ann.id], [bert.id, ann.id]])
  })

  it('each sends its own events, counts them, and waits for them when it is closed', async () => {
    const make = oneProcess()
    const [one, other] = [collector(), collector()]
    let answer = (): void => {}
    const asked = new Promise<void>((resolve) => (answer = resolve))
    const { client } = one.options.network
    const slow = { ...client, POST: (request: never) => asked.then(() => client.POST(request)) }
    const first = await make({ options: { ...one.options, network: { client: slow } }, sendEvents: true })
    const second = await make({ options: other.options, sendEvents: true })
    const silent = await make()
    await first.getFlag('checkout', ann)
    await second.getFlag('checkout', bert)
    await silent.getFlag('checkout', carl)
    let isClosed = false
    const closed = first.close().then(() => (isClosed = true))
    await until(
      () => first.eventCounts().waiting,
      (waiting) => waiting > 1,
    )
    expect(isClosed).toBe(false)
    answer()
    await closed
    expect(first.eventCounts()).toEqual({ sent: 3, refused: 0, dropped: 0, waiting: 0 })
    await second.close()
    expect(second.eventCounts()).toEqual({ sent: 3, refused: 0, dropped: 0, waiting: 0 })
    expect([ann, bert, carl].map(one.has)).toEqual([true, false, false])
    expect([ann, bert, carl].map(other.has)).toEqual([false, true, false])
  })

  it('batches go on when the newest of them is closed, and nothing that waited in one is lost', async () => {
    const make = oneProcess()
    const [one, other] = [collector(), collector()]
    const soon = batched({ eventsPerRequest: 100, requestTimeInterval: 1 })
    const first = await make({ options: { ...one.options, ...soon }, sendEvents: true })
    await first.getFlag('checkout', ann)
    const second = await make({ options: { ...other.options, ...soon }, sendEvents: true })
    await second.close()
    await until(() => one.has(ann), Boolean)
    await first.getFlag('checkout', bert)
    await until(() => one.has(bert), Boolean)
    expect(other.has(bert)).toBe(false)
    await first.close()
    expect(first.eventCounts()).toMatchObject({ dropped: 0, waiting: 0 })
  })

  upTo135('one with another gateway service is refused, which turns nothing off', async () => {
    const server = createServer((_request, response) =>
      response.end(JSON.stringify({ location: { country: 'DE' }, userAgent: {} })),
    ).listen(0, '127.0.0.1')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const make = oneProcess()
    const german = fmeSettings([
      { key: 'checkout', rules: [rollout({ segments: { and: [{ country: 'DE' }] } })] },
    ])
    const options = { gatewayService: { url } }
    const first = await make({ options, settings: german, sendEvents: true })
    const isOn = async (): Promise<boolean> =>
      (await first.getFlag('checkout', { ...ann, ipAddress: '10.0.0.1' })).isEnabled()
    expect(await isOn()).toBe(true)
    await expect(make()).rejects.toMatchObject({
      code: 'swap-failed',
      message: expect.stringMatching(/another gatewayService.* close that one first/),
    })
    expect(await isOn()).toBe(true)
    await first.close()
    expect(await labels(await make())).toHaveLength(users.length)
  })

  upTo135('one with other batches is refused, and may have them once the other is closed', async () => {
    const make = oneProcess()
    const first = await make({ options: { batchEventData: hourly } })
    await expect(make()).rejects.toMatchObject({
      code: 'swap-failed',
      message: expect.stringMatching(/another batchEventData.* close that one first/),
    })
    const other = { options: { batchEventData: { ...hourly, eventsPerRequest: 5 } } }
    await expect(make(other)).rejects.toMatchObject({ code: 'swap-failed' })
    await make({ options: { batchEventData: { ...hourly, flushCallback: () => {} } } }).then((same) =>
      same.close(),
    )
    await first.close()
    expect(await labels(await make(other))).toHaveLength(users.length)
  })
})
