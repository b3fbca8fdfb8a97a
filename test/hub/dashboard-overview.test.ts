import { describe, expect, it } from 'vitest'
import type { NodeReport } from '../../packages/hub/dist/environment/read-nodes.js'
import { configOf, environmentOf, setUpAdmin, status } from '../support/admin-app.ts'

const now = '2025-11-24T16:30:00.000Z'
/** What Redis has where everything is well. */
const well = {
  ...{ ...status, now },
  current: {
    ...{
      revision: 1_764_000_000_000,
      publishedAt: '2025-11-24T16:00:00.000Z',
      fetchedAt: now,
      checkedAt: now,
    },
    ...{ sha256: 'of it', bytes: 10, campaigns: 1, trigger: 'webhook', accountId: '1', protocol: 1 },
    ...{ product: 'fullstack', sdk: 's' },
  },
  hubs: [{ id: 'hub-1', state: 'ready', startedAt: now, host: 'h', pid: 1, version: '1', revision: 1 }],
}
const wordsOf = (page: string) => page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')

describe('thirty environments', () => {
  /** Of every tenth Redis does not answer. */
  const environments = Array.from({ length: 30 }, (_, index) =>
    environmentOf(configOf(`shop-${String(index).padStart(2, '0')}`), {
      current: () => undefined,
      status: async () => {
        if (index % 10 === 0) throw new Error('Connection is closed.')
        return well
      },
    }),
  )
  const ask = setUpAdmin({ environments })
  const shown = async (query: Record<string, string> = {}) =>
    await (await ask(`/?${new URLSearchParams(query).toString()}`)).text()
  const rowsIn = (page: string) => [...page.matchAll(/id="environment-([^"]*)"/g)].map(([, name]) => name)

  it('have those at the top that need a look, and are searched by name and state', async () => {
    const page = await shown()
    expect(rowsIn(page).slice(0, 4)).toEqual(['shop-00', 'shop-10', 'shop-20', 'shop-01'])
    expect(rowsIn(page)).toHaveLength(30)
    expect(wordsOf(page)).toContain(
      'To look at: shop-00 (redis away), shop-10 (redis away), shop-20 (redis away).',
    )
    expect(rowsIn(await shown({ show: 'attention' }))).toHaveLength(3)
    expect(rowsIn(await shown({ q: 'SHOP-2' }))).toHaveLength(10)
    expect(rowsIn(await shown({ q: 'redis away' }))).toEqual(['shop-00', 'shop-10', 'shop-20'])
    expect(wordsOf(await shown({ q: '<script>' }))).toContain('None of them is like that.')
  })

  it('can be reached from every page', async () => {
    const page = await shown()
    for (const { config } of environments)
      expect(page).toContain(`<a href="./environments/${config.name}">${config.name}</a>`)
    const alone = setUpAdmin({ environments: environments.slice(1, 2) })
    const only = await alone('/environments/shop-01')
    expect([only.status, await only.text()]).toEqual([200, expect.not.stringContaining('switch')])
  })
})

describe('two hundred nodes that are behind', () => {
  it('are told by reason, version of the client and host, the most frequent first', async () => {
    const nodes: NodeReport[] = Array.from({ length: 200 }, (_, index) => ({
      ...{ id: `node-${index}`, state: index < 150 ? 'lagging' : 'stale', revision: 1, seenAt: now, pid: 1 },
      ...{ behindSince: now, host: `web-${index % 8}`, sdk: 's', client: index < 30 ? '<b>' : '1.2.0' },
    }))
    const propagation = {
      environment: 'prod',
      now,
      revision: 2,
      publishedAt: now,
      current: 0,
      total: 200,
      nodes,
    }
    const prod = environmentOf(configOf('prod'), { status: async () => well, nodes: async () => propagation })
    const page = await (await setUpAdmin({ environments: [prod] })('/environments/prod')).text()
    const words = wordsOf(page).replaceAll(/ ([:,]) ?/g, '$1 ')
    expect(words).toContain('Why lagging: 150, stale: 50')
    expect(words).toContain('Client 1.2.0: 170, &lt;b&gt;: 30')
    expect(words).toContain('Host web-0: 25, web-1: 25, web-2: 25, web-3: 25, web-4: 25 and 3 more')
    expect(page.match(/node-\d+/g)).toHaveLength(20)
  })
})
