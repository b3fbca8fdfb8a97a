import { createHub } from '@vwo-hub/hub'
import { startRedisServer, startVwoSimulator, type RedisServer, type VwoSimulator } from '@vwo-hub/sandbox'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createMoves } from '../../packages/hub/dist/operate/revision-moves.js'
import { movesIfAsked, movesSection } from '../../packages/hub/dist/http/dashboard/moves-view.js'
import type { Judging } from '../../packages/hub/dist/product/product.js'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'
import { HubError } from '../../packages/hub/dist/errors.js'
import { account, environmentConfig, hubConfig, silentLog } from '../support/hub-config.ts'
import { running } from '../support/hubs.ts'
import { settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'

let server: RedisServer
let vwo: VwoSimulator
beforeAll(async () => {
  server = await startRedisServer()
  vwo = await startVwoSimulator({ ...account, settingsFile: running(['checkout-test']) })
})
afterAll(async () => {
  await vwo.close()
  await server.close()
})

type View = Parameters<typeof movesIfAsked>[1]
const pair = { from: 1, to: 2 }
const preview = { environment: 'prod', ...pair, users: 2000, campaigns: [] }
const viewThat = (moves: () => Promise<typeof preview>) => ({ moves }) as unknown as View

describe('whom a revision moves, on a page', () => {
  it('is not found out unless it is asked for', async () => {
    const view = viewThat(async () => expect.fail('nobody asked'))
    expect(await movesIfAsked({}, view, pair)).toEqual({ state: 'not-asked' })
  })

  it('is there at once when it is known', async () => {
    const view = viewThat(async () => preview)
    expect(await movesIfAsked({ moves: '1' }, view, pair)).toEqual({ state: 'known', preview })
  })

  it('is not waited for when it takes long', async () => {
    const view = viewThat(async () => await new Promise<never>(() => {}))
    const moves = await movesIfAsked({ moves: '1' }, view, pair, 10)
    expect(moves).toEqual({ state: 'deciding' })
    expect(String(await movesSection(moves, '?moves=1'))).toContain('Being decided')
  })

  it.each(['timeout', 'not-possible'] as const)('is left out with its reason: %s', async (code) => {
    const view = viewThat(async () => {
      throw new HubError(code, 'Cannot preview <b>.')
    })
    const moves = await movesIfAsked({ moves: '1' }, view, pair)
    expect(moves).toEqual({ state: 'failed', reason: 'Cannot preview <b>.' })
    expect(String(await movesSection(moves, '?moves=1'))).toContain('Cannot preview &lt;b&gt;.')
  })

  it('ends the page when a revision is not kept', async () => {
    const view = viewThat(async () => {
      throw new HubError('not-found', 'Cannot find revision "7".')
    })
    await expect(movesIfAsked({ moves: '1' }, view, pair)).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('whom a revision moves', () => {
  it('is found out for nobody any more who has closed the connection', async () => {
    const judging = defaultProduct.open()
    let begun = 0
    let ended = 0
    const slow: Judging = {
      ...judging,
      async preview({ signal }) {
        begun += 1
        await new Promise((resolve) => signal?.addEventListener('abort', resolve))
        ended += 1
        throw new HubError('not-possible', 'Nobody waits for it any more.')
      },
    }
    const hub = createHub(
      hubConfig({
        redis: { kind: 'standalone', url: server.url },
        environments: [environmentConfig({ name: 'moves', baseUrl: vwo.url })],
      }),
      {
        log: silentLog,
        judgings: { of: () => slow, close: judging.close },
      },
    )
    onTestFinished(() => hub.close())
    const { adminUrl } = await hub.start()
    const revisions = async () => {
      const answer = await fetch(`${adminUrl}/v1/environments/moves/revisions`)
      return (await answer.json()) as { readonly revisions?: readonly unknown[] }
    }
    await until(revisions, (seen) => seen.revisions?.length === 1)
    await vwo.set(settingsFile(account))
    await fetch(`${adminUrl}/v1/environments/moves/refresh`, { method: 'POST' })
    await until(revisions, (seen) => seen.revisions?.length === 2)
    const caller = new AbortController()
    const answer = fetch(`${adminUrl}/v1/environments/moves/revisions/latest/moves`, {
      signal: caller.signal,
    })
    await until(
      () => begun,
      (count) => count === 1,
    )
    caller.abort()
    await expect(answer).rejects.toThrow('aborted')
    await until(
      () => ended,
      (count) => count === 1,
    )
  })

  it('is kept when it is known, though nobody waits', async () => {
    let asked = 0
    const moves = createMoves(
      {
        preview: async () => {
          asked += 1
          return { noun: 'campaign', users: 1, units: [] }
        },
      },
      'prod',
      async () => ({ from: { revision: 1, text: Buffer.of() }, to: { revision: 2, text: Buffer.of() } }),
    )
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    await moves('2')
    await vi.advanceTimersByTimeAsync(60_000)
    await moves('2')
    expect(asked).toBe(1)
  })
})

it('a failure to find it out is told to who asks again, instead of beginning anew at each look', async () => {
  let reads = 0
  const moves = createMoves(defaultProduct.open(), 'prod', async () => {
    reads += 1
    // What is stored has passed the check; this fails as a fault of the machine would.
    const [broken, whole] = [Buffer.from('broken'), Buffer.from('{}')]
    return { from: { revision: 1, text: broken }, to: { revision: 2, text: reads === 1 ? broken : whole } }
  })
  const first = await moves('2').catch((error: unknown) => error)
  expect(first).toMatchObject({ code: 'not-possible' })
  expect(await moves('2').catch((error: unknown) => error)).toBe(first)
})
