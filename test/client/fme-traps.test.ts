import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { FmeInitOptions } from '@vwo-hub/client/fme'
import { createFmeTestClient } from '@vwo-hub/client/testing'
import { openFme } from '../../packages/client/dist/product/fme/open-fme.js'
import { copyFmeSdk, recordingNetwork } from '../support/fme-copy.ts'
import { fmeSettings, rollout } from '../support/fme-settings.ts'
import { until } from '../support/until.ts'

const settings = fmeSettings([
  {
    key: 'checkout',
    rules: [rollout({ variables: [{ id: 1, key: 'box', type: 'json', value: { of: 'as it was' } }] })],
  },
  { key: 'inside', rules: [rollout({ segments: { or: [{ ip_address: '10.0.0.1' }] } })] },
  { key: 'german', rules: [rollout({ segments: { and: [{ country: 'DE' }] } })] },
  { key: 'firefox', rules: [rollout({ segments: { or: [{ ua: 'wildcard(*Firefox*)' }] } })] },
])
const ann = { id: 'ann' }
const fail = (): never => {
  throw new Error('mine')
}

const answered = {
  getStatusCode: () => 200,
  getData: () => ({}),
  getError: () => {},
  getTotalAttempts: () => 0,
  getHeaders: () => ({}),
}

/** What becomes of an app with the SDK by itself, each in a process of its own. */
const byItself = (trap: string): Promise<unknown> =>
  new Promise((resolve) => {
    const program = fileURLToPath(new URL('../support/fme-traps.mjs', import.meta.url))
    execFile(
      process.execPath,
      // What has no end takes memory, too: with little of it that is seen at once.
      ['--max-old-space-size=24', program, trap, JSON.stringify(settings)],
      { timeout: 60_000 },
      (error, stdout) => resolve(error === null ? (JSON.parse(stdout) as unknown) : 'dies'),
    )
  })

/** The client, with what it tells. */
async function withClient(options: FmeInitOptions = {}, inner: { waitMs?: number } = {}) {
  const told: string[] = []
  const network = recordingNetwork()
  const product = openFme(
    { sdk: copyFmeSdk(), options: { network, logger: { transports: [{ log() {} }] }, ...options } },
    {
      requestRefresh: async () => {},
      warn() {},
      report: (code, what, reason) => told.push(`${code}: ${what}: ${String(reason())}`),
    },
    inner,
  )
  onTestFinished(() => product.release())
  await product.commit(product.prepare(JSON.stringify(settings), true))
  const { methods: vwo, flush } = product
  const isOn = async (context: object = ann): Promise<boolean> =>
    (await vwo.getFlag('checkout', context as never)).isEnabled()
  return { vwo, told, network, flush, isOn }
}

interface Trap {
  readonly name: string
  /** What becomes of the SDK by itself. */
  readonly plain: unknown
  /** What becomes of it with the client, and what that tells. */
  readonly ours: () => Promise<unknown>
  readonly expected: unknown
}

async function withOptions(options: FmeInitOptions): Promise<unknown> {
  const { isOn, told } = await withClient(options)
  return [await isOn(), ...told]
}

const traps: readonly Trap[] = [
  {
    name: 'storage.get throws',
    plain: 'dies',
    ours: () => withOptions({ storage: { get: fail, set: async () => {} } }),
    expected: [true, 'callback-failed: storage.get of the options failed: Error: mine'],
  },
  {
    name: 'storage.get answers at once',
    plain: 'dies',
    ours: () => withOptions({ storage: { get: () => null, set: async () => {} } }),
    expected: [true],
  },
  {
    name: 'storage.set answers at once',
    plain: 'dies',
    ours: () => withOptions({ storage: { get: async () => null, set: () => {} } }),
    expected: [true],
  },
  {
    name: 'storage.set throws',
    plain: 'dies',
    ours: () => withOptions({ storage: { get: async () => null, set: fail } }),
    expected: [true, 'callback-failed: storage.set of the options failed: Error: mine'],
  },
  {
    name: 'a BigInt in an event',
    plain: 'dies',
    async ours() {
      const { vwo, told, network } = await withClient()
      const circle: Record<string, unknown> = {}
      circle['self'] = circle
      const tracked = await vwo.trackEvent('purchase', ann, { amount: 5n, circle, currency: 'EUR' })
      return [tracked, JSON.stringify(network.sent.at(-1)?.body).includes('"currency":"EUR"'), told.length]
    },
    expected: [{ purchase: true }, true, 2],
  },
  {
    name: 'flushCallback throws',
    plain: 'dies',
    async ours() {
      const batchEventData = { eventsPerRequest: 50, requestTimeInterval: 600, flushCallback: fail }
      const { vwo, told, isOn } = await withClient({ isBatchingDisabled: false, batchEventData })
      await isOn()
      return [(await vwo.flushEvents()).status, ...told]
    },
    expected: ['success', 'callback-failed: flushCallback of the options failed: Error: mine'],
  },
  {
    name: 'integrations.callback throws',
    plain: false,
    ours: () => withOptions({ integrations: { callback: fail } }),
    expected: [true, 'callback-failed: integrations.callback of the options failed: Error: mine'],
  },
  {
    name: 'integrations.callback is async',
    plain: 0,
    async ours() {
      let calls = 0
      await withOptions({ integrations: { callback: async () => (calls += 1) } })
      return calls
    },
    expected: 1,
  },
  {
    name: 'a user 0',
    plain: false,
    ours: async () => (await withClient()).isOn({ id: 0 }),
    expected: true,
  },
  {
    name: 'a variable that is changed',
    plain: 'changed',
    async ours() {
      const { vwo } = await withClient()
      const flag = await vwo.getFlag('checkout', ann)
      flag.getVariable('box', { of: '' }).of = 'changed'
      for (const { value } of flag.getVariables()) (value as { of: string }).of = 'changed'
      return (await vwo.getFlag('checkout', { id: 'bert' })).getVariable('box')
    },
    expected: { of: 'as it was' },
  },
  {
    name: 'an unknown flag, 50 times',
    plain: 50,
    async ours() {
      const { vwo, network, told } = await withClient()
      network.sent.length = 0
      for (let call = 0; call < 50; call += 1) await vwo.getFlag('chekout', ann)
      await vwo.trackEvent('purchas', ann)
      return [network.sent.length, new Set(told)]
    },
    expected: [
      0,
      new Set([
        'unknown-feature: Cannot find feature "chekout": it is not in the settings in use. The nearest name is "checkout"',
        'unknown-event: Cannot find event "purchas": it is not in the settings in use. The nearest name is "purchase"',
      ]),
    ],
  },
  {
    name: 'a collector that refuses batches',
    // Each event sends all that were refused before, again.
    plain: expect.toSatisfy((requests: number) => requests > 70),
    async ours() {
      const refused = { ...answered, getStatusCode: () => 400 }
      let requests = 0
      const send = async () => {
        requests += 1
        return refused
      }
      const lost: unknown[] = []
      const { vwo, told } = await withClient({
        ...{ isBatchingDisabled: false, network: { client: { GET: send, POST: send } } },
        batchEventData: {
          eventsPerRequest: 5,
          requestTimeInterval: 600,
          flushCallback: (error) => lost.push(error?.message),
        },
      })
      for (let call = 0; call < 100; call += 1) await vwo.getFlag('checkout', { id: `user-${call}` })
      await vwo.flushEvents()
      const { refused: count } = vwo.eventCounts()
      return [requests, count, new Set(lost), new Set(told)]
    },
    expected: [
      21,
      101,
      new Set(['the collector answers 400']),
      new Set(['event-failed: Cannot send events: Error: the collector answers 400']),
    ],
  },
  {
    name: 'a rollout in a group',
    plain: 'dies',
    async ours() {
      const id = String(settings.campaigns[0]?.id)
      const grouped = { ...settings, groups: { 1: { campaigns: [id] } }, campaignGroups: { [id]: 1 } }
      return await createFmeTestClient({ sdk: copyFmeSdk(), settings: grouped }).catch(
        ({ message }: Error) => message,
      )
    },
    expected: expect.stringContaining('campaignGroups.11: expected no rollout'),
  },
  {
    name: 'addresses at the same time',
    plain: [false, false],
    async ours() {
      const { vwo } = await withClient()
      const users = Array.from({ length: 100 }, (_, at) => ({
        id: `user-${at}`,
        ipAddress: `10.0.0.${(at % 2) + 1}`,
        userAgent: at % 2 ? 'Chrome' : 'Firefox',
        _vwo: { location: { country: at % 2 ? 'FR' : 'DE' } },
      }))
      const asked = users.map((user) =>
        Promise.all(
          ['inside', 'german', 'firefox'].map(async (key) => (await vwo.getFlag(key, user)).isEnabled()),
        ),
      )
      return new Set(
        (await Promise.all(asked)).map((flags, at) => flags.every((flag) => flag === (at % 2 === 0))),
      )
    },
    expected: new Set([true]),
  },
]

describe('what the SDK by itself', () => {
  // All at once: each is a process that has most of its time to start.
  const outcomes = new Map(traps.map(({ name }) => [name, byItself(name)]))

  it.each(traps)(
    'is brought down or astray by, the client is not: $name',
    async ({ name, plain, ours, expected }) => {
      expect(await ours()).toEqual(expected)
      expect(await outcomes.get(name)).toEqual(plain)
    },
  )

  it('takes for off only up to 1.35, or only rejects from then on, the client decides', async () => {
    const { vwo, isOn } = await withClient()
    const context = Object.freeze({ id: 'ann', customVariables: Object.freeze({ plan: 'gold' }) })
    expect(await isOn(context)).toBe(true)
    const { getFlag } = vwo
    expect((await getFlag('checkout', ann)).isEnabled()).toBe(true)
    expect([false, 'rejects']).toContain(await byItself('getFlag taken off the client'))
  })

  it('waits for for ever, the client goes on without', async () => {
    const { isOn, told } = await withClient(
      { storage: { get: () => new Promise(() => {}), set: () => {} } },
      { waitMs: 50 },
    )
    expect(await isOn()).toBe(true)
    expect(told.join()).toContain('no answer within 50 ms')
    expect(await byItself('storage.get never answers')).toBe('pending')
  })
})

describe('a swap while calls are under way', () => {
  it('leaves each call to the settings that it began with, wholly', async () => {
    const saying = (text: string) =>
      fmeSettings([
        {
          key: 'checkout',
          rules: [rollout({ variables: [{ id: 1, key: 'label', type: 'string', value: text }] })],
        },
      ])
    let answer = (): void => {}
    const asked = new Promise<null>((resolve) => (answer = () => resolve(null)))
    const vwo = await createFmeTestClient({
      ...{ sdk: copyFmeSdk(), settings: saying('before') },
      options: { storage: { get: () => asked, set: () => {} } },
    })
    const early = Array.from({ length: 20 }, (_, at) => vwo.getFlag('checkout', { id: `user-${at}` }))
    await vwo.update(saying('after'))
    const late = vwo.getFlag('checkout', ann)
    answer()
    const labels = (await Promise.all([...early, late])).map((flag) => flag.getVariable('label'))
    expect(labels).toEqual([...Array(20).fill('before'), 'after'])
    await vwo.close()
  })
})

describe('over a real connection', () => {
  async function startServer(
    answer: (request: IncomingMessage) => { status: number; body: string } | undefined,
  ) {
    const requests: IncomingMessage[] = []
    const server = createServer((request, response) => {
      requests.push(request)
      request.resume()
      const given = answer(request)
      if (given !== undefined)
        response.writeHead(given.status, { 'content-type': 'application/json' }).end(given.body)
    }).listen(0, '127.0.0.1')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    await once(server, 'listening')
    return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  }

  it('names of events, user agents and ids arrive, whatever is in them', async () => {
    const { requests, url } = await startServer(() => ({ status: 204, body: '' }))
    const odd = fmeSettings([{ key: 'checkout', metrics: ['my event ü'] }])
    const vwo = await createFmeTestClient({
      ...{ sdk: copyFmeSdk(), settings: odd, sendEvents: true },
      options: { gatewayService: { url } },
    })
    await vwo.getFlag('checkout', { id: 'lone \ud800', userAgent: 'a\nb \ud800 ü €' })
    await vwo.trackEvent('my event ü', ann)
    expect(await vwo.flushEvents()).toMatchObject({ status: 'success' })
    const paths = requests.map((request) => request.url ?? '')
    expect(paths.filter((path) => path.includes('en=vwo_variationShown'))).toHaveLength(1)
    expect(paths.filter((path) => path.includes('en=my%20event%20%C3%BC'))).toHaveLength(1)
    expect(vwo.eventCounts()).toMatchObject({ sent: requests.length, dropped: 0 })
    await vwo.close()
  })

  it('a gateway service that answers nonsense, or not at all, turns no flag off that does not need it', async () => {
    const { url } = await startServer(({ url: path = '' }) =>
      path.startsWith('/user-alias')
        ? { status: 200, body: '{}' }
        : path.startsWith('/get-user')
          ? undefined
          : { status: 200, body: '{}' },
    )
    const { vwo, told, isOn } = await withClient(
      {
        network: {},
        gatewayService: { url },
        isAliasingEnabled: true,
      },
      { waitMs: 500 },
    )
    expect(await isOn()).toBe(true)
    expect((await vwo.getFlag('german', { id: 'ann', ipAddress: '10.0.0.1' })).isEnabled()).toBe(false)
    expect(told.join()).toContain('expected a list of aliases')
    await until(
      () => told.join(),
      (all) => all.includes('no answer within 500 ms'),
    )
  })
})
