import { describe, expect, it } from 'vitest'
import {
  fetchesPicture,
  hoursPicture,
  nodesPicture,
  speedPicture,
  spreadPicture,
} from '../../packages/hub/dist/http/dashboard/pictures-over-time.js'
import type { AuditEntry } from '../../packages/hub/dist/environment/audit-log.js'
import type { Published } from '../../packages/hub/dist/environment/meta.js'
import type { NodeReport, Propagation } from '../../packages/hub/dist/environment/read-nodes.js'
import type { EnvironmentStatus } from '../../packages/hub/dist/environment/read-status.js'
import type { Minute } from '../../packages/hub/dist/environment/minutes.js'
import { createMinuteKeeper } from '../../packages/hub/dist/flow/keep-minutes.js'
import { createReadDay } from '../../packages/hub/dist/operate/last-day.js'
import { createReadRecent } from '../../packages/hub/dist/operate/recent-events.js'

const now = '2025-11-24T16:30:00.000Z'
const hourMs = 3_600_000
const entry = (hoursAgo: number, what: string) =>
  ({ id: `${hoursAgo}`, what, at: new Date(Date.parse(now) - hoursAgo * hourMs).toISOString() }) as AuditEntry
const statusOf = (id: string) => ({ now, audit: [{ id }] }) as unknown as EnvironmentStatus

describe('what happened by hour', () => {
  it('is counted from the audit, and read only when that has got longer', async () => {
    const asked: string[] = []
    const recent = createReadRecent(async (id) => {
      asked.push(id)
      return [
        entry(23.5, 'publish'),
        entry(2.5, 'failed'),
        entry(2.2, 'rollback'),
        entry(0.1, 'pin'),
        entry(-0.1, 'publish'),
      ]
    })
    const hours = (await recent(statusOf('1'))) ?? []
    expect(hours).toHaveLength(24)
    expect(
      hours.flatMap(({ changes, failures }, index) =>
        changes + failures > 0 ? [[index, changes, failures]] : [],
      ),
    ).toEqual([
      [0, 1, 0],
      [21, 1, 1],
      [23, 1, 0],
    ])
    await recent(statusOf('1'))
    await recent(statusOf('2'))
    expect(asked).toEqual(Array.from({ length: 2 }, () => `${Date.parse(now) - 24 * hourMs}-0`))
    const picture = String(await hoursPicture(hours))
    expect(picture).toContain('By hour, the last 24: 3 changes, 1 failure.')
    expect(picture).toContain('<span>24 hours ago</span>')
  })

  it('begins where the audit does, when that has as many entries as are kept', async () => {
    const recent = createReadRecent(async () => Array.from({ length: 1000 }, () => entry(1.5, 'failed')))
    expect(await recent(statusOf('1'))).toMatchObject([{ failures: 1000 }, { failures: 0 }])
  })

  it('is not shown where it cannot be read, and asked for again', async () => {
    let isAway = true
    const recent = createReadRecent(async () => (isAway ? Promise.reject(new Error('WRONGTYPE')) : []))
    expect(await recent(statusOf('1'))).toBe(undefined)
    isAway = false
    expect(await recent(statusOf('1'))).toHaveLength(24)
  })
})

describe('how fast a revision came to the nodes', () => {
  const node = (lagMs: number | undefined, revision = 2) => ({ revision, lagMs }) as NodeReport
  const picture = async (nodes: readonly NodeReport[]) =>
    String(await speedPicture({ revision: 2, nodes } as unknown as Propagation))

  it('is how many had it within each span, of those that have it', async () => {
    const page = await picture([node(0), node(99), node(100), node(1e9), node(5, 1), node(undefined)])
    expect(page).toContain('0 to 0.1 s: 2 nodes; 0.1 to 0.25 s: 1 node; 60 s and more: 1 node"')
  })

  it('is no picture where nobody knows', async () => {
    expect(await picture([node(undefined)])).toBe('')
  })
})

describe('the last day, from a sample of each minute', () => {
  const end = Date.parse(now)
  const minute = (minutesAgo: number, [nodes, newest, behind]: number[], [fetches, failures]: number[]) =>
    ({ at: end - minutesAgo * 60_000, nodes, newest, behind, fetches, failures }) as Minute

  it('is told in half hours: of nodes the worst minute, of fetches how many there were', async () => {
    const read = createReadDay(async () => [
      minute(1400, [9, 9, 0], [90, 9]),
      minute(70, [4, 4, 0], [100, 9]),
      minute(69, [4, 1, 3], [102, 10]),
      // Redis has lost what was counted.
      minute(1, [5, 5, 0], [4, 1]),
    ])
    const day = (await read(end)) ?? []
    expect(day).toHaveLength(48)
    expect(day.flatMap((span, index) => (span.nodes === undefined ? [] : [[index, span]]))).toMatchObject([
      [0, { nodes: { least: 9, most: 9, mostBehind: 0, newest: 9 }, fetches: 0, failures: 0 }],
      [44, { nodes: { least: 4, most: 4, mostBehind: 3, newest: 1 }, fetches: 12, failures: 1 }],
      [46, { nodes: { least: 5, most: 5, mostBehind: 0, newest: 5 }, fetches: 4, failures: 1 }],
    ])
    expect(String(await nodesPicture(day))).toContain(
      'aria-label="Nodes over the last day: 4 to 9 nodes, 3 behind at most."',
    )
    expect(String(await fetchesPicture(day))).toContain(
      'aria-label="Fetches over the last day: 16 fetches, 2 in vain."',
    )
  })

  it('is read a minute at a time, once each, and asked for again where it could not be', async () => {
    const asked: number[] = []
    let isAway = true
    const read = createReadDay(async (time) => {
      asked.push(time)
      if (isAway) throw new Error('WRONGTYPE')
      return [minute(-asked.length, [1, 1, 0], [0, 0])]
    })
    expect(await read(end)).toBe(undefined)
    isAway = false
    const later = end + 2 * 60_000
    await Promise.all([read(later), read(later + 1)])
    await read(later + 60_000)
    expect(asked).toEqual([end, later, later].map((time, index) => (index < 2 ? time - 24 * hourMs : time)))
  })

  it.each([
    ['fetches', [99_996, 46], [100_002, 47]],
    ['failures', [100_001, 46], [100_007, 47]],
  ])('has nothing that Redis has lost, where it comes back with fewer %s', async (_, restarted, later) => {
    const before = [minute(9, [1, 1, 0], [99_990, 46]), minute(5, [1, 1, 0], [100_000, 50])]
    const after = [minute(9, [1, 1, 0], [99_990, 46]), minute(3, [1, 1, 0], restarted)]
    let kept = before
    const createReader = () => createReadDay(async (time) => kept.filter(({ at }) => at > time))
    const read = createReader()
    const told = async (reader: typeof read, minutesAgo: number) =>
      String(await fetchesPicture((await reader(end - minutesAgo * 60_000)) ?? []))
    expect(await told(read, 4)).toContain('10 fetches, 4 in vain.')
    kept = after
    expect(await told(read, 3)).toBe(await told(createReader(), 3))
    kept = [...after, minute(2, [1, 1, 0], later)]
    expect(await told(read, 2)).toContain(`${(later[0] ?? 0) - 99_990} fetches, 1 in vain.`)
  })

  it('is no picture where there is nothing to show', async () => {
    const day = (await createReadDay(async () => [])(end)) ?? []
    expect([String(await nodesPicture(day)), String(await fetchesPicture(day))]).toEqual(['', ''])
  })

  it('shows of a kept revision how long half of the nodes took, and all', async () => {
    const page = String(await spreadPicture({ nodes: 12, p50Ms: 80, p95Ms: 300, maxMs: 1e9 }))
    expect(page).toContain('aria-label="To 12 nodes: half within 0.080\u00A0s, all within')
    expect(page.match(/width="[\d.]+%"/g)).toEqual([
      'width="100%"',
      'width="100%"',
      expect.stringMatching(/"2\d/),
    ])
  })
})

describe('what a hub keeps of each minute', () => {
  it('is what it fetched, told once; and how fast a new revision came, until all have it', async () => {
    const told: object[] = []
    let looks = 0
    let isAway = true
    const state = { revision: 7, current: 1 }
    const keeper = createMinuteKeeper(
      {
        minutes: {
          async add(fetched) {
            if (isAway) throw new Error('Connection is closed.')
            told.push(fetched)
            return 0
          },
          async noteSpread() {
            looks += 1
            return { revision: 7, current: state.current, nodes: [{}, {}] } as unknown as Propagation
          },
          after: async () => [],
        },
      },
      () => ({ revision: state.revision }) as Published,
    )
    for (const result of ['published', 'vwo-unreachable', 'lease-lost'] as const) keeper.count(result)
    await expect(keeper.keep()).rejects.toThrow('closed')
    isAway = false
    await Promise.all([keeper.keep(), keeper.keep()])
    await keeper.keep()
    expect(told).toEqual([
      { fetches: 2, failures: 1 },
      { fetches: 0, failures: 0 },
    ])
    expect(looks).toBe(2)
    state.current = 2
    for (let reports = 0; reports < 3; reports += 1) await keeper.keep()
    expect(looks).toBe(3)
  })
})
