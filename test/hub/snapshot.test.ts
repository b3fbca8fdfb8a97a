import { describe, expect, it } from 'vitest'
import { configOf, environmentOf, setUpAdmin } from '../support/admin-app.ts'
import { until } from '../support/until.ts'

type View = ReturnType<typeof environmentOf>

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
  const page = pageWith({
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
  })
  /** The page, once it is of a look of now. */
  const pageWhen = async (is: string) => await until(page, (text) => text.includes(is))
  return { state, page, pageWhen }
}

const stringsOf = (fields: object) =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))

/** The page of an environment that answers so. */
function pageWith(answers: { readonly [name in keyof View]?: unknown }): () => Promise<string> {
  const ask = setUpAdmin({ environments: [environmentOf(configOf('prod'), answers as Partial<View>)] })
  return async () => await (await ask('/environments/prod')).text()
}

describe('while Redis does not answer', () => {
  it('what is told is of one moment, and of which one', async () => {
    const { state, page, pageWhen } = setUp()
    expect(await page()).not.toContain('Everything here is of')
    state.isAway = true
    const told = await pageWhen('Everything here is of')
    expect(told).toContain(`Everything here is of <time datetime="${asOf}"`)
    expect(told).toContain(`id="revision">${first}<`)
    expect(told).toContain('menu: traffic 1 → 2 %')
    expect(told).not.toContain('Connection is closed')
  })

  it('it has been silent since it answered the hub last, not since somebody looked', async () => {
    const { state, page } = setUp()
    state.isAway = true
    expect(await page()).toMatch(/Its last answer came <time[^>]*>33 s ago/)
  })

  it('no change and no history of before is put to what this hub has published since', async () => {
    const { state, page, pageWhen } = setUp()
    expect(await page()).toContain('menu: traffic')
    Object.assign(state, { isAway: true, inMemory: second })
    const told = await pageWhen(`id="revision">${second}<`)
    expect(told).not.toContain('menu: traffic')
    expect(told).not.toContain('Everything here is of')
    expect(told).not.toContain('pill good">live<')
  })

  it('what was never seen is not known, instead of none', async () => {
    const { state, page } = setUp()
    Object.assign(state, { isAway: true, inMemory: undefined })
    const told = await page()
    expect(told).not.toMatch(/none reporting|>None<|No hub has reported|>none<|Nothing has|Ticket 0/)
    expect(told.match(/not known/gi)?.length).toBeGreaterThanOrEqual(5)
  })
})

describe('until VWO is asked after a rollback', () => {
  const rolledBack = metaOf(second, { contentOf: 1, checkedAt: new Date(first).toISOString() })

  it('it is said to have something else', async () => {
    const hub = {
      id: 'a',
      state: 'ready',
      startedAt: asOf,
      host: 'a',
      pid: 1,
      version: '1',
      revision: second,
    }
    const hubs = [{ ...hub, lastFetch: { at: asOf, result: 'unchanged', message: '' } }]
    const page = pageWith({ status: async () => await Promise.resolve({ ...statusOf(rolledBack), hubs }) })
    expect(await page()).toContain('It has something else than what is live.')
  })

  it('the banner of a pin says what waits', async () => {
    const pinned = { ...rolledBack, pinnedUntil: new Date(second + 3_600_000).toISOString() }
    const page = pageWith({ status: async () => await Promise.resolve(statusOf(pinned)) })
    expect(await page()).toContain('which waits: what was rolled back.')
  })
})
