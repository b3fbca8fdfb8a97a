import { describe, expect, it } from 'vitest'
import { hoursPicture, speedPicture } from '../../packages/hub/dist/http/dashboard/pictures.js'
import type { AuditEntry } from '../../packages/hub/dist/environment/audit-log.js'
import type { NodeReport, Propagation } from '../../packages/hub/dist/environment/read-nodes.js'
import type { EnvironmentStatus } from '../../packages/hub/dist/environment/read-status.js'
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
