import { describe, expect, it } from 'vitest'
import { createMoves } from '../../packages/hub/dist/operate/revision-moves.js'
import { movesIfAsked, movesSection } from '../../packages/hub/dist/http/dashboard/moves-view.js'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'
import { HubError } from '../../packages/hub/dist/errors.js'

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

it('a failure to find it out is told to who asks again, instead of beginning anew at each look', async () => {
  let reads = 0
  const moves = createMoves(defaultProduct.open(), 'prod', async () => {
    reads += 1
    // What is stored has passed the check; this fails as a fault of the machine would.
    return { from: { revision: 1, text: 'broken' }, to: { revision: 2, text: reads === 1 ? 'broken' : '{}' } }
  })
  const first = await moves('2').catch((error: unknown) => error)
  expect(first).toMatchObject({ code: 'not-possible' })
  expect(await moves('2').catch((error: unknown) => error)).toBe(first)
})
