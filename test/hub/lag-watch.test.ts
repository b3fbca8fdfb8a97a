import { describe, expect, it } from 'vitest'
import { createLagWatch } from '../../packages/hub/dist/metrics/lag-watch.js'

describe('the time that revisions take to nodes', () => {
  it('is told once for each node and revision, and not for what was over before', () => {
    const observed: number[] = []
    const watch = createLagWatch((_environment, seconds) => observed.push(seconds))
    const see = (...nodes: { id: string; revision: number; lagMs?: number; appliedAt?: string }[]) => {
      const now = new Date().toISOString()
      const common = { state: 'current' as const, seenAt: now, host: '', pid: 1, sdk: '', client: '' }
      watch.see({
        environment: 'prod',
        now,
        current: 0,
        total: nodes.length,
        nodes: nodes.map((node) => ({ ...common, appliedAt: now, ...node })),
      })
    }
    see({ id: 'a', revision: 1, lagMs: 100 }, { id: 'b', revision: 1 })
    see({ id: 'a', revision: 1, lagMs: 100 })
    see(
      { id: 'a', revision: 2, lagMs: 200 },
      { id: 'c', revision: 2, lagMs: 300, appliedAt: '2025-01-01T00:00:00Z' },
    )
    expect(observed).toEqual([0.1, 0.2])
  })
})
