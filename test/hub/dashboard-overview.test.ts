import { describe, expect, it } from 'vitest'
import { overviewPage } from '../../packages/hub/dist/http/dashboard/overview-page.js'
import { propagationCard } from '../../packages/hub/dist/http/dashboard/propagation.js'
import type { NodeReport } from '../../packages/hub/dist/environment/read-nodes.js'
import type { Snapshot } from '../../packages/hub/dist/operate/snapshot.js'

const now = '2025-11-24T16:30:00.000Z'
const wordsOf = (page: string) => page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')

describe('thirty environments', () => {
  /** Nothing is published in every tenth of them. */
  const snapshots: Snapshot[] = Array.from({ length: 30 }, (_, index) => ({
    name: `shop-${String(index).padStart(2, '0')}`,
    accountId: '1',
    now,
    current: undefined,
    status: undefined,
    propagation: undefined,
    history: [],
    unreachable: index % 10 === 0 ? { since: now, reason: 'Connection is closed.' } : undefined,
  }))
  const named = snapshots.map((each) => {
    const meta = {
      revision: 1_764_000_000_000,
      publishedAt: '2025-11-24T16:00:00.000Z',
    } as Snapshot['current']
    return each.unreachable === undefined ? { ...each, current: meta } : each
  })
  const frame = { logout: undefined, environments: snapshots.map(({ name }) => name) }
  const shown = async (query: Record<string, string> = {}) =>
    String(await overviewPage(named, { root: './', frame, query }))
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
    for (const { name } of snapshots) expect(page).toContain(`<a href="./environments/${name}">${name}</a>`)
    expect(String(await overviewPage(named.slice(0, 1), { root: './', frame: undefined }))).not.toContain(
      'switch',
    )
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
    const page = String(await propagationCard(propagation))
    const words = wordsOf(page).replaceAll(/ ([:,]) ?/g, '$1 ')
    expect(words).toContain('Why lagging: 150, stale: 50')
    expect(words).toContain('Client 1.2.0: 170, &lt;b&gt;: 30')
    expect(words).toContain('Host web-0: 25, web-1: 25, web-2: 25, web-3: 25, web-4: 25 and 3 more')
    expect(page.match(/node-\d+/g)).toHaveLength(20)
  })
})
