/** The SDK up to 1.35 has one evaluator for all decisions, and so they are made one after the other. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { normaliseSettings } from '@vwo-hub/protocol/fme'
import { describe, expect, it } from 'vitest'
import type { FmeInitOptions } from '@vwo-hub/client/fme'
import { hasSharedOperands } from '../../packages/client/dist/product/fme/features.js'
import {
  askBesideTurn,
  decideInTurn,
  doAfterTurn,
  type TurnOptions,
} from '../../packages/client/dist/product/fme/turns.js'
import { fmeFiles } from '../support/fme-arbitrary.ts'
import { copyFmeSdk, NEVER_POLLS, recordingNetwork } from '../support/fme-copy.ts'
import { runs } from '../support/runs.ts'
import { abTest, fmeSettings, rollout } from '../support/fme-settings.ts'
import { ann, reportingFmeClient } from '../support/fme-trapped-client.ts'

const USERS = 40

/** Answers once so many questions wait: whoever waits for each alone waits for ever. */
function gate<T>(count: number, answer: (...asked: never[]) => T) {
  let asked = 0
  let open = (): void => {}
  const isOpen = new Promise<void>((resolve) => (open = resolve))
  return async (...of: never[]): Promise<T> => {
    asked += 1
    if (asked >= count) open()
    await isOpen
    return answer(...of)
  }
}

/** Every other user is one who gets the flag. */
const isIn = (index: number): boolean => index % 2 === 0
const expected = Array.from({ length: USERS }, (_, index) => isIn(index))

/** Visitors of the impressions that were sent, of each as often as there are. */
const shownTo = ({ sent }: ReturnType<typeof recordingNetwork>): string[] =>
  sent
    .filter(({ path }) => path.includes('vwo_variationShown'))
    .map(({ body }) => /"visId":"(\w+)"/.exec(JSON.stringify(body))?.[1] ?? '')

async function decideAtOnce(feature: string, options: FmeInitOptions, address: (index: number) => string) {
  const { vwo, told } = await reportingFmeClient(options)
  const flags = await Promise.all(
    expected.map((_, index) => vwo.getFlag(feature, { id: `user-${index}`, ipAddress: address(index) })),
  )
  return { on: flags.map((flag) => flag.isEnabled()), told }
}

const inside = (index: number): string => (isIn(index) ? '10.0.0.1' : '10.0.0.2')

describe('decisions about address, agent and place', () => {
  it('wait for a storage all at once, and each is of its own user and sends its event once', async () => {
    const network = recordingNetwork()
    const get = gate(USERS, () => undefined)
    const { on, told } = await decideAtOnce('inside', { network, storage: { get, set() {} } }, inside)
    expect([on, told]).toEqual([expected, []])
    const visitors = shownTo(network)
    expect([visitors.length, new Set(visitors).size]).toEqual([USERS / 2, USERS / 2])
  })

  it('queue their events once, where the SDK sends them in batches', async () => {
    const network = recordingNetwork()
    const { vwo } = await reportingFmeClient({
      network,
      storage: { get: gate(USERS, () => undefined), set() {} },
      batchEventData: { eventsPerRequest: 100, requestTimeInterval: 600 },
    })
    await Promise.all(
      expected.map((_, index) => vwo.getFlag('inside', { id: `user-${index}`, ipAddress: inside(index) })),
    )
    await vwo.flushEvents()
    const batches = JSON.stringify(network.sent.filter(({ path }) => path.includes('batch-events')))
    expect(batches.match(/"name":"vwo_variationShown"/g)).toHaveLength(USERS / 2)
  })

  it('queue an event once that comes before something else is asked of a storage', async () => {
    const network = recordingNetwork()
    const segments = { or: [{ ip_address: '10.0.0.1' }] }
    const file = fmeSettings(['one', 'two'].map((key) => ({ key, rules: [rollout({ segments }), abTest()] })))
    const tests = file.campaigns.filter(({ type }) => type === 'FLAG_TESTING').map(({ id }) => String(id))
    Object.assign(file, {
      groups: { 1: { name: 'group', campaigns: tests, et: 1 } },
      campaignGroups: Object.fromEntries(tests.map((id) => [id, 1])),
    })
    const asked: string[] = []
    const storage = { get: async (key: string) => void asked.push(key), set() {} }
    const batchEventData = { eventsPerRequest: 100, requestTimeInterval: 600 }
    const { vwo } = await reportingFmeClient({ network, storage, batchEventData }, { file })
    expect((await vwo.getFlag('one', { id: 'ann', ipAddress: '10.0.0.1' })).isEnabled()).toBe(true)
    await vwo.flushEvents()
    const shown = JSON.stringify(network.sent).match(/"id":\d+,"variation"/g)
    expect(new Set(asked).size).toBeGreaterThan(1)
    expect(shown?.filter((each) => each.includes(':11,'))).toHaveLength(1)
  })

  it('wait for a gateway service all at once, and each is of its own user and sends its event once', async () => {
    const network = recordingNetwork()
    const { GET: _none, ...client } = network.client
    const GET = gate(USERS, (request: { getOptions(): { path?: string } }) => {
      const isGerman = request.getOptions().path?.includes('10.0.0.1') === true
      const data = { location: { country: isGerman ? 'DE' : 'FR' } }
      return {
        ...{ getStatusCode: () => 200, getData: () => data, getError: () => {} },
        ...{ getTotalAttempts: () => 0, getHeaders: () => ({}) },
      }
    })
    const options = {
      network: { client: { ...client, GET } },
      gatewayService: { url: 'http://gateway.test' },
    } as FmeInitOptions
    const { on, told } = await decideAtOnce('german', options, inside)
    expect([on, told]).toEqual([expected, []])
    const visitors = shownTo(network)
    expect([visitors.length, new Set(visitors).size]).toEqual([USERS / 2, USERS / 2])
  })

  it('are all made without a storage that never answers', async () => {
    const network = recordingNetwork()
    const storage = { get: async () => await new Promise<never>(() => {}), set() {} }
    const { vwo } = await reportingFmeClient({ network, storage }, { waitMs: 200 })
    const flags = await Promise.all(
      expected.map((_, index) => vwo.getFlag('inside', { id: `user-${index}`, ipAddress: inside(index) })),
    )
    expect(flags.map((flag) => flag.isEnabled())).toEqual(expected)
  })

  it('are those of the SDK by itself, one after the other: also of groups, of whom another feature asks, and stored ones', async () => {
    const users = ['10.0.0.1', '10.0.0.2'].flatMap((ipAddress) =>
      ['ann', 'bert', 'emil'].map((id) => ({
        ...{ id: `${id} ${ipAddress}`, ipAddress, userAgent: 'Mozilla Firefox' },
        customVariables: { plan: 'gold', age: '20' },
      })),
    )
    const keys = ['checkout', 'menu', 'search', 'checkout']
    const slowStorage = () => {
      const kept = new Map<string, unknown>()
      return {
        get: async (feature: string, user: string) => {
          await nextTurn()
          return kept.get(`${feature} ${user}`)
        },
        set: async (data: { featureKey?: unknown; userId?: unknown }) =>
          void kept.set(`${String(data.featureKey)} ${String(data.userId)}`, data),
      } as NonNullable<FmeInitOptions['storage']>
    }
    type Asked = { getFlag(key: string, context: object): Promise<Flag> }
    interface Flag {
      isEnabled(): boolean
      getVariables(): readonly { readonly key?: string; readonly value?: unknown }[]
    }
    const answersFor = async (vwo: Asked, user: (typeof users)[number]) => {
      const answers: unknown[] = []
      for (const key of keys) {
        const flag = await vwo.getFlag(key, structuredClone(user))
        answers.push([flag.isEnabled(), flag.getVariables().map(({ key: name, value }) => [name, value])])
      }
      return answers
    }
    const pauses = { seen: 0 }
    await fc.assert(
      fc.asyncProperty(fmeFiles, async (file) => {
        normaliseSettings(file)
        fc.pre(hasSharedOperands(file))
        pauses.seen += 1
        const [network, alone] = [recordingNetwork(), recordingNetwork()]
        const { vwo } = await reportingFmeClient({ network, storage: slowStorage() }, { file })
        const answers = await Promise.all(users.map((user) => answersFor(vwo as Asked, user)))
        const sdk = await copyFmeSdk().init({
          ...{ accountId: String(file.accountId), sdkKey: 'key', settings: structuredClone(file) },
          ...{ network: alone, logger: { transports: [{ log() {} }] }, pollInterval: NEVER_POLLS },
          storage: slowStorage(),
        })
        for (const [index, user] of users.entries())
          expect(answers[index]).toEqual(await answersFor(sdk as Asked, user))
        expect(shownTo(network).toSorted()).toEqual(shownTo(alone).toSorted())
      }),
      { numRuns: runs(15) },
    )
    expect(pauses.seen).toBeGreaterThan(0)
  })

  it('are stored, and found again', async () => {
    const kept = new Map<string, unknown>()
    const storage = {
      get: async (feature: string, user: string) => kept.get(`${feature} ${user}`),
      set: async (data: { featureKey?: unknown; userId?: unknown }) =>
        void kept.set(`${String(data.featureKey)} ${String(data.userId)}`, data),
    }
    const network = recordingNetwork()
    const { vwo } = await reportingFmeClient({ network, storage })
    const one = { id: 'user-1', ipAddress: '10.0.0.1' }
    expect((await vwo.getFlag('inside', one)).isEnabled()).toBe(true)
    expect((await vwo.getFlag('inside', { ...one, ipAddress: '10.0.0.9' })).isEnabled()).toBe(true)
    expect(kept.size).toBe(1)
  })

  it('may be made within a callback of another one', async () => {
    const inner: Promise<boolean>[] = []
    const storage = { get: async () => {}, set() {} }
    const { vwo } = await reportingFmeClient({
      storage,
      integrations: {
        callback() {
          if (inner.length > 0) return
          const asked = vwo.getFlag('inside', { id: 'bert', ipAddress: '10.0.0.1' })
          inner.push(asked.then((flag) => flag.isEnabled()))
        },
      },
    })
    expect((await vwo.getFlag('inside', { id: 'ann', ipAddress: '10.0.0.1' })).isEnabled()).toBe(true)
    expect(await Promise.all(inner)).toEqual([true])
  })
})

describe('a callback of a decision', () => {
  it('may wait for a decision of another client, and is called once', async () => {
    const storage = { get: async () => {}, set() {} }
    const file = fmeSettings([{ key: 'checkout', rules: [rollout()] }])
    const { vwo: other } = await reportingFmeClient({ storage }, { file })
    const inner: Promise<boolean>[] = []
    const { vwo } = await reportingFmeClient({
      storage,
      integrations: {
        callback: () => void inner.push(other.getFlag('checkout', ann).then((flag) => flag.isEnabled())),
      },
    })
    await vwo.getFlag('inside', { ...ann, ipAddress: '10.0.0.1' })
    expect(await Promise.all(inner)).toEqual([true])
  })
})

describe('a turn', () => {
  const options = (more: Partial<TurnOptions>): TurnOptions => ({
    ...{ of: {}, isAsking: true, isSeen: true, isAskedFirst: () => true, isWanted: () => true },
    ...more,
  })

  it.each([true, false])(
    'is not taken by a decision that nobody waits for any more, asking: %s',
    async (isAsking) => {
      const of = {}
      let isWanted = true
      let end = (): void => {}
      const first = decideInTurn(
        () => new Promise<void>((resolve) => (end = resolve)),
        options({ of, isAsking }),
      )
      let made = 0
      const second = decideInTurn(
        async () => (made += 1),
        options({ of, isAsking, isWanted: () => isWanted }),
      )
      await Promise.resolve()
      isWanted = false
      end()
      await first
      expect([await second, made]).toEqual([undefined, 0])
    },
  )

  it('that is given up has done nothing, whatever it does after it', async () => {
    const done: number[] = []
    let tries = 0
    const decided = await decideInTurn(async () => {
      const number = (tries += 1)
      const asked = askBesideTurn('who is it?', async () => 'ann')
      await nextTurn()
      doAfterTurn(() => done.push(number))
      return number === 1 ? 'nobody' : await asked
    }, options({}))
    expect([decided, done]).toEqual(['ann', [2]])
  })

  it('that fails is not in the way of the next', async () => {
    const of = {}
    const failed = decideInTurn(() => Promise.reject(new Error('no')), options({ of }))
    const next = decideInTurn(async () => 'decided', options({ of }))
    await expect(failed).rejects.toThrow('no')
    expect(await next).toBe('decided')
  })
})
