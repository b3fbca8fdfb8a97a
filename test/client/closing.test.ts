import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import vwoSdk from 'vwo-node-sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { createClient, type ClientError, type LaunchOptions, type VwoSdkModule } from '@vwo-hub/client'
import { answerEvents, collectEvents } from '../support/events-endpoint.ts'
import { copySdk, silent } from '../support/sdk-copy.ts'
import { decidesFor, settingsFile } from '../support/settings-file.ts'

const run = promisify(execFile)
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

/** An app that decides from its own settings. */
async function setUp(more: object = {}, launch: LaunchOptions = {}, sdk: VwoSdkModule = vwoSdk) {
  const errors: ClientError[] = []
  const vwo = createClient({
    environment: 'prod',
    redis: 'redis://127.0.0.1:1',
    sdk,
    launch: { logging: silent, ...launch },
    initialSettings: settingsFile({ campaigns: [decidesFor('checkout', 'green')], ...more }),
  })
  closers.push(vwo.close)
  vwo.on('error', (error) => {
    if (error.code === 'event-failed') errors.push(error)
  })
  await vwo.ready()
  return { vwo, errors }
}

const users = ['ann', 'bob', 'cem', 'dan', 'eve']

describe('closing waits for events that are on their way', () => {
  it.each([
    ['of the older architecture, one by one', {}, {}, 5, '{"status":"success"}'],
    ['one by one', { isEventArchEnabled: true }, {}, 5, '{}'],
    ['one by one, whatever the body of the answer', {}, {}, 5, ''],
    ['in batches', {}, { batchEvents: { eventsPerRequest: 2 } }, 3, '{}'],
  ] as const)('%s', async (_how, more, launch, count, answer) => {
    await using endpoint = await answerEvents(200, answer)
    const { vwo, errors } = await setUp(more, launch)
    for (const user of users) expect(vwo.activate('checkout', user)).toBe('green')
    const startedAt = performance.now()
    await vwo.close()
    // A process that exits now has lost nothing.
    expect(endpoint.requests()).toBe(count)
    expect(errors).toEqual([])
    expect(performance.now() - startedAt).toBeLessThan(2500)
  })

  it('for a while, and says how many have not arrived: one by one, and in batches', async () => {
    await using _endpoint = await answerEvents(null, '')
    const apps = await Promise.all(
      [{}, { batchEvents: { eventsPerRequest: 5 } }].map(
        async (launch) => await setUp({ isEventArchEnabled: true }, launch, copySdk().sdk),
      ),
    )
    for (const { vwo } of apps) for (const user of users) void vwo.activate('checkout', user)
    await Promise.all(apps.map(({ vwo }) => vwo.close()))
    const told =
      'Cannot wait any longer for 5 events: they have not arrived 2500 ms after closing. Decisions go on.'
    expect(apps.map(({ errors }) => errors.map(({ message }) => message))).toEqual([[told], [told]])
  })
})

describe('an app that exits after close() has lost no event', () => {
  const isEventArchEnabled = true

  it.each([
    [
      'one by one, with promises that it does not wait for',
      { isEventArchEnabled },
      { returnPromiseFor: { all: true } },
    ],
    [
      'in one batch that waits for its time',
      { isEventArchEnabled },
      { batchEvents: { requestTimeInterval: 600 } },
    ],
  ])('%s', async (_how, more, launch) => {
    expect(await exits(more, launch)).toBe(5)
  })

  it('and without it, has', async () => {
    expect(await exits({ isEventArchEnabled }, {}, { closes: false })).toBe(0)
  })

  it('[invariant 7] and no answer ends it: several goals or tags at once by `track` and `push`', async () => {
    expect(await exits({}, {}, { calls: ['track', 'push'], status: 204, exits: false })).toBe(20)
  })

  /** @returns How many events have arrived when the process has ended. */
  async function exits(
    more: object,
    launch: LaunchOptions,
    {
      calls = ['activate'],
      status = 200,
      closes = true,
      exits: isEnded = true,
    }: {
      calls?: ('activate' | 'track' | 'push')[]
      status?: 200 | 204
      closes?: boolean
      exits?: boolean
    } = {},
  ): Promise<number> {
    await using endpoint = await collectEvents(status)
    const campaigns = [decidesFor('checkout', 'green'), decidesFor('search', 'green')]
    const settings = settingsFile({ campaigns, ...more })
    await run(
      process.execPath,
      [fileURLToPath(new URL('../support/exits-after-close.mjs', import.meta.url))],
      {
        env: {
          ...process.env,
          SETTINGS: JSON.stringify(settings),
          LAUNCH: JSON.stringify(launch),
          COLLECTOR_PORT: String(endpoint.port),
          CLOSES: String(closes),
          EXITS: String(isEnded),
          CALLS: calls.join(),
        },
      },
    )
    return endpoint.events()
  }
})
