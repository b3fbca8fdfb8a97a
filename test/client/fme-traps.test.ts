import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { FmeInitOptions } from '@vwo-hub/client/fme'
import { createFmeTestClient } from '@vwo-hub/client/testing'
import { copyFmeSdk } from '../support/fme-copy.ts'
import { ann, reportingFmeClient, settings } from '../support/fme-trapped-client.ts'

const run = promisify(execFile)

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

const endless = 'has no end'

/** What becomes of an app with the SDK by itself in each of these traps. */
async function byItself(
  names: readonly string[],
  ...options: readonly string[]
): Promise<Record<string, unknown>> {
  const program = fileURLToPath(new URL('../support/fme-traps.mjs', import.meta.url))
  const args = [...options, program, JSON.stringify(names), JSON.stringify(settings)]
  const { stdout } = await run(process.execPath, args, { timeout: 60_000 })
  return JSON.parse(stdout) as Record<string, unknown>
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
  const { isOn, told } = await reportingFmeClient(options)
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
      const { vwo, told, network } = await reportingFmeClient()
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
      const { vwo, told, isOn } = await reportingFmeClient({ isBatchingDisabled: false, batchEventData })
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
    name: 'a user agent that cannot be decoded',
    plain: 'dies',
    async ours() {
      const { vwo } = await reportingFmeClient()
      return (await vwo.getFlag('forced', { id: 'ann', userAgent: '100%' })).isEnabled()
    },
    expected: true,
  },
  {
    name: 'a user 0',
    plain: false,
    ours: async () => (await reportingFmeClient()).isOn({ id: 0 }),
    expected: true,
  },
  {
    name: 'a variable that is changed',
    plain: 'changed',
    async ours() {
      const { vwo } = await reportingFmeClient()
      const flag = await vwo.getFlag('checkout', ann)
      flag.getVariable('box', { of: '' }).of = 'changed'
      for (const { value } of flag.getVariables()) (value as { of: string }).of = 'changed'
      return (await vwo.getFlag('checkout', { id: 'bert' })).getVariable('box')
    },
    expected: { of: 'as it was' },
  },
  {
    name: 'an unknown flag, ten times',
    plain: 10,
    async ours() {
      const { vwo, network, told } = await reportingFmeClient()
      network.sent.length = 0
      for (let call = 0; call < 10; call += 1) await vwo.getFlag('chekout', ann)
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
    plain: expect.toSatisfy((requests: number) => requests > 25),
    async ours() {
      const refused = { ...answered, getStatusCode: () => 400 }
      let requests = 0
      const send = async () => {
        requests += 1
        return refused
      }
      const lost: unknown[] = []
      const { vwo, told } = await reportingFmeClient({
        ...{ isBatchingDisabled: false, network: { client: { GET: send, POST: send } } },
        batchEventData: {
          eventsPerRequest: 5,
          requestTimeInterval: 600,
          flushCallback: (error) => lost.push(error?.message),
        },
      })
      for (let call = 0; call < 40; call += 1) await vwo.getFlag('checkout', { id: `user-${call}` })
      await vwo.flushEvents()
      const { refused: count } = vwo.eventCounts()
      return [requests, count, new Set(lost), new Set(told)]
    },
    expected: [
      9,
      41,
      new Set(['the collector answers 400']),
      new Set(['event-failed: Cannot send events: Error: the collector answers 400']),
    ],
  },
  {
    name: 'a rollout in a group',
    plain: endless,
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
      const { vwo } = await reportingFmeClient()
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
  const together = byItself([
    ...traps.filter(({ plain }) => plain !== endless).map(({ name }) => name),
    'getFlag taken off the client',
    'storage.get never answers',
  ])
  /** In a process of its own. What has no end takes memory, too: with little of it that is seen at once. */
  const alone = async (name: string): Promise<unknown> =>
    await byItself([name], '--max-old-space-size=16').then(
      (outcomes) => outcomes[name],
      ({ signal }: { readonly signal: unknown }) => (signal === 'SIGABRT' ? endless : signal),
    )

  it.each(traps)(
    'is brought down or astray by, the client is not: $name',
    async ({ name, plain, ours, expected }) => {
      expect(await ours()).toEqual(expected)
      expect(plain === endless ? await alone(name) : (await together)[name]).toEqual(plain)
    },
  )

  it('takes for off only up to 1.35, or only rejects from then on, the client decides', async () => {
    const { vwo, isOn } = await reportingFmeClient()
    const context = Object.freeze({ id: 'ann', customVariables: Object.freeze({ plan: 'gold' }) })
    expect(await isOn(context)).toBe(true)
    const { getFlag } = vwo
    expect((await getFlag('checkout', ann)).isEnabled()).toBe(true)
    expect([false, 'rejects']).toContain((await together)['getFlag taken off the client'])
  })

  it('waits for for ever, the client goes on without', async () => {
    const { isOn, told } = await reportingFmeClient(
      { storage: { get: () => new Promise(() => {}), set: () => {} } },
      { waitMs: 50 },
    )
    expect(await isOn()).toBe(true)
    expect(told.join()).toContain('no answer within 50 ms')
    expect((await together)['storage.get never answers']).toBe('pending')
  })
})

it.each([
  ['an object without a prototype', Object.create(null)],
  ['a symbol', Symbol('checkout')],
  ['a number', 42],
  ['nothing', undefined],
])('what is asked for by no text is unknown, with a storage, too: %s', async (_what, key) => {
  const { vwo, told } = await reportingFmeClient({ storage: { get: () => null, set() {} } })
  expect((await vwo.getFlag(key as never, ann)).isEnabled()).toBe(false)
  expect(await vwo.trackEvent(key as never, ann)).toEqual({})
  expect((await vwo.getFlag('checkout', ann)).getVariable(key as never, 'mine')).toBe('mine')
  const got = `by what is no text: got ${typeof key}`
  expect(told).toEqual([
    `unknown-feature: Cannot find feature ${got}`,
    `unknown-event: Cannot find event ${got}`,
    `unknown-variable: Cannot find variable of "checkout" ${got}`,
  ])
})
