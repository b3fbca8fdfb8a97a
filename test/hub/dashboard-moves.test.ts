import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Judging } from '../../packages/hub/dist/product/product.js'
import { HubError } from '../../packages/hub/dist/errors.js'
import { configOf, environmentOf, setUpAdmin } from '../support/admin-app.ts'
import { sharedJudging } from '../support/hub-config.ts'
import { createPublisher } from '../support/publisher.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { running, startLookingHub } from '../support/hubs.ts'
import { until } from '../support/until.ts'

const { server, cleanUps } = await redisForFile()
const preview = { noun: 'campaign', users: 2000, units: [] }

describe('whom a revision moves, on a page', () => {
  type Moves = Parameters<typeof environmentOf>[1] & object
  const diff = { environment: 'prod', from: 1, to: 2, isSame: true, summary: '', changes: [] }

  /** The page of revision 2, where this is how it is found out. */
  async function pageBy(moves: NonNullable<Moves['moves']>, query = '?moves=1') {
    const prod = environmentOf(configOf('prod'), { diff: async () => diff, moves })
    const answer = await setUpAdmin({ environments: [prod] })(`/environments/prod/revisions/2${query}`)
    return [answer.status, await answer.text()]
  }
  const page = (text: string) => [200, expect.stringContaining(text)]

  it('is not found out unless it is asked for', async () => {
    expect(await pageBy(async () => expect.fail('nobody asked'), '')).toEqual(page('>Who moves?</a>'))
  })

  it('is there at once when it is known', async () => {
    const moves = await pageBy(async () => ({ environment: 'prod', from: 1, to: 2, ...preview }))
    expect(moves).toEqual(page('Decided for 2000 users by the real SDK.'))
  })

  it('is not waited for when it takes long', async () => {
    const moves = await pageBy(async () => await new Promise<never>(() => {}))
    expect(moves).toEqual(page('Being decided by the real SDK…'))
  })

  it.each(['timeout', 'not-possible'] as const)('is left out with its reason: %s', async (code) => {
    const moves = await pageBy(async () => {
      throw new HubError(code, 'Cannot preview <b>.')
    })
    expect(moves).toEqual(page('<bdi>Cannot preview &lt;b&gt;.</bdi>'))
  })

  it('ends the page when a revision is not kept', async () => {
    const [status, text] = await pageBy(async () => {
      throw new HubError('not-found', 'Cannot find revision "7".')
    })
    expect([status, text]).toEqual([404, expect.stringContaining('Cannot find revision &quot;7&quot;.')])
  })
})

describe('whom a revision moves', () => {
  /** Asks a hub that finds it out so, of two texts that are published. */
  async function asking(find: Judging['preview'], texts: readonly string[] = ['{}', '{"version":1}']) {
    const name = `env-${randomUUID()}`
    const publisher = await createPublisher(server.url, name)
    cleanUps.push(publisher.close)
    for (const text of texts) await publisher.publish(text)
    const { revisions, close } = await startLookingHub(server.url, name, { ...sharedJudging, preview: find })
    onTestFinished(() => close())
    return async (signal?: AbortSignal) => {
      const answer = await fetch(`${revisions}/latest/moves`, { ...(signal && { signal }) })
      return [answer.status, await answer.json()] as const
    }
  }

  it('is found out for nobody any more who has closed the connection', async () => {
    const seen = { begun: 0, ended: 0 }
    const ask = await asking(async ({ signal }) => {
      seen.begun += 1
      await new Promise((resolve) => signal?.addEventListener('abort', resolve))
      seen.ended += 1
      throw new HubError('not-possible', 'Nobody waits for it any more.')
    })
    onTestFinished(() => void vi.useRealTimers())
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const caller = new AbortController()
    const answer = ask(caller.signal)
    await until(
      () => seen.begun,
      (count) => count === 1,
    )
    caller.abort()
    await expect(answer).rejects.toThrow('aborted')
    await until(
      () => {
        // Pages ask again after a while.
        vi.advanceTimersByTime(15_000)
        return seen.ended
      },
      (count) => count === 1,
    )
  })

  it('is kept when it is known, though nobody waits', async () => {
    const find = vi.fn(async () => preview)
    const ask = await asking(find)
    onTestFinished(() => void vi.useRealTimers())
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    expect(await ask()).toMatchObject([200, { users: 2000 }])
    vi.advanceTimersByTime(60_000)
    expect(await ask()).toMatchObject([200, { users: 2000 }])
    expect(find).toHaveBeenCalledTimes(1)
  })

  it('is told to who asks again where it has failed, instead of beginning anew at each look', async () => {
    // What is stored has passed the check; this fails as a fault of the machine would.
    const find = vi.fn(sharedJudging.preview)
    const ask = await asking(find, ['broken', JSON.stringify(running(['checkout-test']))])
    const first = await ask()
    expect(first).toMatchObject([409, { error: { code: 'not-possible' } }])
    expect(await ask()).toEqual(first)
    expect(find).toHaveBeenCalledTimes(1)
  })
})
