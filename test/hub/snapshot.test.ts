import { describe, expect, it } from 'vitest'
import { vwoOf } from '../../packages/hub/dist/operate/vwo-condition.js'
import { createSnapshotReader } from '../../packages/hub/dist/operate/snapshot.js'
import { environmentPage } from '../../packages/hub/dist/http/dashboard/environment-page.js'

type View = Parameters<typeof createSnapshotReader>[0]

const [first, second] = [1_764_000_000_000, 1_764_000_060_000]
const metaOf = (revision: number, more: object = {}) => ({
  revision,
  publishedAt: new Date(revision).toISOString(),
  checkedAt: new Date(revision).toISOString(),
  trigger: 'webhook',
  campaigns: 1,
  bytes: 2,
  sha256: 'ab',
  accountId: '1',
  ...more,
})
const asOf = new Date(first + 1000).toISOString()
const statusOf = (current: object) => ({
  environment: 'prod',
  now: asOf,
  current,
  refresh: { requested: 2, completed: 2, fruitless: 0 },
  hubs: [],
  audit: [{ id: '1-0', at: asOf, what: 'publish', revision: first, summary: 'first' }],
})

/** An environment whose Redis can go away, while its hub goes on. */
function setUp() {
  const state = { isAway: false, inMemory: first as number | undefined }
  const answer = async <T>(value: T): Promise<T> => {
    if (state.isAway) throw new Error('Connection is closed.')
    return value
  }
  const view = {
    config: { name: 'prod', accountId: '1' },
    confirmedMsAgo: () => 33_000,
    current: () =>
      state.inMemory === undefined
        ? undefined
        : { revision: state.inMemory, meta: stringsOf(metaOf(state.inMemory)) },
    status: async () => await answer(statusOf(metaOf(first))),
    history: async () =>
      await answer([{ ...metaOf(first), isCurrent: true, summary: 'menu: traffic 1 → 2 %' }]),
    nodes: async () =>
      await answer({ environment: 'prod', now: asOf, revision: first, current: 0, total: 0, nodes: [] }),
  } as unknown as View
  return { state, look: createSnapshotReader(view) }
}

const stringsOf = (fields: object) =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))

async function pageOf(look: ReturnType<typeof createSnapshotReader>): Promise<string> {
  const snapshot = await look()
  return String(
    await environmentPage({ root: './', snapshot, csrf: '', frame: undefined, notice: undefined }),
  )
}

describe('while Redis does not answer', () => {
  it('what is told is of one moment, and of which one', async () => {
    const { state, look } = setUp()
    await look()
    state.isAway = true
    expect(await look()).toMatchObject({ current: { revision: first }, unreachable: { asOf } })
    const page = await pageOf(look)
    expect(page).toContain(`Everything here is of <time datetime="${asOf}"`)
    expect(page).toContain('menu: traffic 1 → 2 %')
    expect(page).not.toContain('Connection is closed')
  })

  it('it has been silent since it answered the hub last, not since somebody looked', async () => {
    const { state, look } = setUp()
    state.isAway = true
    expect(await pageOf(look)).toMatch(/Its last answer came <time[^>]*>33 s ago/)
  })

  it('no change and no history of before is put to what this hub has published since', async () => {
    const { state, look } = setUp()
    await look()
    Object.assign(state, { isAway: true, inMemory: second })
    expect(await look()).toMatchObject({
      current: { revision: second },
      status: undefined,
      history: undefined,
    })
    const page = await pageOf(look)
    expect(page).toContain(`id="revision">${second}<`)
    expect(page).not.toContain('menu: traffic')
    expect(page).not.toContain('pill good">live<')
  })

  it('what was never seen is not known, instead of none', async () => {
    const { state, look } = setUp()
    Object.assign(state, { isAway: true, inMemory: undefined })
    const page = await pageOf(look)
    expect(page).not.toMatch(/none reporting|>None<|No hub has reported|>none<|Nothing has|Ticket 0/)
    expect(page.match(/not known/gi)?.length).toBeGreaterThanOrEqual(5)
  })
})

describe('until VWO is asked after a rollback', () => {
  const rolledBack = metaOf(second, { contentOf: 1, checkedAt: new Date(first).toISOString() })

  it('it is said to have something else', () => {
    const hubs = [{ lastFetch: { at: asOf, result: 'unchanged', message: '' } }]
    const status = { ...statusOf(rolledBack), hubs } as unknown as Parameters<typeof vwoOf>[0]
    expect(vwoOf(status).sentence).toBe('It has something else than what is live.')
  })

  it('the banner of a pin says what waits', async () => {
    const pinned = { ...rolledBack, pinnedUntil: new Date(second + 3_600_000).toISOString() }
    const look = createSnapshotReader({
      ...({ config: { name: 'prod', accountId: '1' }, current: () => undefined } as unknown as View),
      status: async () => await Promise.resolve(statusOf(pinned) as never),
      history: async () => await Promise.resolve([]),
      nodes: async () => await Promise.resolve({ nodes: [], total: 0, current: 0 } as never),
    })
    expect(await pageOf(look)).toContain('which waits: what was rolled back.')
  })
})
