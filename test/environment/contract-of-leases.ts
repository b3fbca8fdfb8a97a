import { sha256Of } from '@vwo-hub/protocol'
import { describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import type { Contract } from './contract.ts'

export function leaseContract(contract: () => Contract): void {
  describe('a refresh', () => {
    it('is one hub’s: others wait, and it is theirs when it is given back', async () => {
      const { handle } = contract().fresh()
      const { refresh, read } = handle
      expect(await refresh.request('manual')).toBe(1)
      expect(await refresh.request('webhook')).toBe(2)
      const common = { leaseMs: 5000, owed: 0, pollIntervalMs: 0 }
      expect(await refresh.acquire({ ...common, token: 'one' })).toMatchObject({
        state: 'leased',
        requested: 2,
        completed: 0,
        revision: 0,
        meta: undefined,
        trigger: 'webhook',
      })
      const waiting = await refresh.acquire({ ...common, token: 'two' })
      expect(waiting.state).toBe('wait')
      expect(waiting.waitMs).toBeGreaterThan(0)
      expect(waiting.waitMs).toBeLessThanOrEqual(5000)
      expect(await refresh.renew('one', 9000)).toBe(true)
      expect(await refresh.renew('two', 9000)).toBe(false)
      expect((await read.status()).refresh).toMatchObject({ owner: 'one', trigger: 'webhook' })
      expect(await refresh.giveBack('two')).toBe(false)
      expect(await refresh.giveBack('one')).toBe(true)
      expect(await refresh.acquire({ ...common, token: 'two' })).toMatchObject({ state: 'leased' })
    })

    it('[invariant 2] of a hub that was replaced stores nothing', async () => {
      const { handle, lease, publish } = contract().fresh()
      const frozen = await lease(30)
      const next = await until(
        () => handle.refresh.acquire({ token: 'next', leaseMs: 5000, owed: 0, pollIntervalMs: 0 }),
        ({ state }) => state === 'leased',
      )
      await publish('new', { attempt: { token: 'next', ticket: next.requested } })
      await expect(publish('old', { attempt: frozen })).rejects.toMatchObject({ code: 'lease-lost' })
      const confirmed = {
        trigger: 'manual' as const,
        sha256: sha256Of('new'),
        checkedAt: '',
        attempt: frozen,
        delayMs: 0,
        fruitless: 0,
      }
      await expect(handle.refresh.confirm(confirmed)).rejects.toMatchObject({ code: 'lease-lost' })
      expect(await handle.refresh.renew(frozen.token, 5000)).toBe(false)
      expect(await handle.refresh.postpone(frozen.token, 10, 1)).toBe(false)
      expect(String((await handle.read.current())?.text)).toBe('new')
    })

    it('[invariant 2] is only for hubs of the account and sdkKey that what is published is of', async () => {
      const { handle, publish, keys, raw, lease } = contract().fresh()
      const { refresh } = handle
      const look = { leaseMs: 5000, owed: 0, pollIntervalMs: 0 }
      const ours = { accountId: '1', sdkKey: 'our-key' }
      const theirs = { accountId: '1', sdkKey: 'their-key' }
      await refresh.request('manual')
      const first = await refresh.acquire({ ...look, token: 'ours', owner: ours })
      expect(first.state).toBe('leased')
      await publish('A', { attempt: { token: 'ours', ticket: first.requested } })
      const meta = await raw.hgetall(keys.meta)
      expect(meta['identity']).toMatch(/^[0-9a-f]{64}$/)
      expect(JSON.stringify(meta)).not.toContain('our-key')

      await refresh.request('manual')
      expect(await refresh.acquire({ ...look, token: 'theirs', owner: theirs })).toMatchObject({
        state: 'foreign',
        meta: { identity: meta['identity'] },
      })
      // Whoever holds a lease from before is fenced as well.
      const attempt = await lease()
      await refresh.acquire({ ...look, token: attempt.token, owner: theirs })
      await expect(publish('B', { attempt })).rejects.toMatchObject({ code: 'lease-lost' })
      await refresh.giveBack(attempt.token)
      expect(await refresh.acquire({ ...look, token: 'ours again', owner: ours })).toMatchObject({
        state: 'leased',
      })
      await refresh.giveBack('ours again')

      expect(await handle.act.adopt({ what: 'adopt', summary: 'meant' }, 'another one')).toBeUndefined()
      expect(await handle.act.adopt({ what: 'adopt', summary: 'meant' })).toBeGreaterThan(0)
      const taken = await refresh.acquire({ ...look, token: 'theirs', owner: theirs })
      expect(taken.state).toBe('leased')
      await publish('B', { attempt: { token: 'theirs', ticket: taken.requested } })
      expect(await refresh.acquire({ ...look, token: 'ours', owner: ours })).toMatchObject({
        state: 'foreign',
      })
    })

    it('that failed stays due, and is later for all hubs', async () => {
      const { handle, lease } = contract().fresh()
      const { token, ticket } = await lease()
      expect(await handle.refresh.postpone(token, 30_000, 7)).toBe(true)
      const look = { token: 'look', leaseMs: 5000, owed: 0, pollIntervalMs: 0 }
      const state = await handle.refresh.acquire(look)
      expect(state).toMatchObject({ state: 'wait', requested: ticket, completed: ticket - 1, fruitless: 7 })
      expect(state.waitMs).toBeGreaterThan(25_000)
    })

    it('is due by what a hub owes, and by the time of a poll', async () => {
      const { handle, lease, publish } = contract().fresh()
      const common = { token: 'look', leaseMs: 1, pollIntervalMs: 0 }
      expect(await handle.refresh.acquire({ ...common, owed: 0 })).toMatchObject({ state: 'idle' })
      expect(await handle.refresh.acquire({ ...common, owed: 9 })).toMatchObject({
        state: 'leased',
        requested: 9,
        trigger: 'other' as const,
      })
      await handle.refresh.giveBack('look')
      await publish('A', { attempt: await lease() })
      expect(await handle.refresh.acquire({ ...common, owed: 0, pollIntervalMs: 60_000 })).toMatchObject({
        state: 'idle',
      })
      const due = await until(
        () => handle.refresh.acquire({ ...common, owed: 0, pollIntervalMs: 10 }),
        ({ state }) => state === 'leased',
      )
      expect(due.trigger).toBe('poll')
    })
  })
}
