import { describe, expect, it } from 'vitest'
import type { Contract } from './contract.ts'

export function minuteContract(contract: () => Contract): void {
  describe('what is kept of each minute', () => {
    it('is added by one hub only, however many try', async () => {
      const { handle, keys, raw } = contract().fresh()
      const nothing = { fetches: 0, failures: 0 }
      const left = await Promise.all(Array.from({ length: 5 }, () => handle.minutes.add(nothing)))
      for (const restMs of left) expect([restMs > 0, restMs <= 60_000]).toEqual([true, true])
      const samples = await handle.minutes.after(0)
      // A minute may have ended meanwhile.
      expect(samples.length).toBeLessThanOrEqual(2)
      expect(new Set(samples.map(({ at }) => at)).size).toBe(samples.length)
      expect(samples[0]).toMatchObject({ nodes: 0, newest: 0, behind: 0, fetches: 0, failures: 0 })
      expect((samples[0]?.at ?? 1) % 60_000).toBe(0)
      expect(await raw.hexists(keys.refresh, 'fetches')).toBe(0)
    })

    it('counts nodes by what they decide with, and what all hubs have fetched', async () => {
      const { handle, keys, publish, raw } = contract().fresh()
      const { revision } = await publish('A')
      const now = await handle.now()
      const report = { ready: revision, slow: revision - 1, new: 0 }
      for (const [id, known] of Object.entries(report)) {
        await raw.zadd(keys.nodes, now, id)
        await raw.hset(keys.node(id), { state: known === 0 ? 'starting' : 'ready', revision: known })
      }
      await handle.minutes.add({ fetches: 2, failures: 1 })
      await raw.del(keys.minutes)
      await handle.minutes.add({ fetches: 3, failures: 0 })
      expect(await handle.minutes.after(0)).toMatchObject([
        { nodes: 3, newest: 1, behind: 1, fetches: 5, failures: 1 },
      ])
    })

    it('begins anew where it cannot be: of another type, or after all that is to come', async () => {
      const { handle, keys, raw } = contract().fresh()
      const now = await handle.now()
      const breakings = [
        () => raw.set(keys.minutes, 'x'),
        () => raw.xadd(keys.minutes, `${now + 10 * 86_400_000}-0`, 'nodes', '1'),
      ]
      for (const breakIt of breakings) {
        await raw.del(keys.minutes)
        await breakIt()
        await handle.minutes.add({ fetches: 0, failures: 0 })
        const [{ at } = expect.fail('no sample'), ...others] = await handle.minutes.after(0)
        expect([at < now + 600_000, others]).toEqual([true, []])
      }
    })
  })

  describe('how fast a revision came to the nodes', () => {
    it('is kept as most of them told it, as long as the revision is', async () => {
      const { handle, keys, publish, raw } = contract().fresh()
      const told = async (id: string, revision: number, lagMs: number) => {
        await raw.zadd(keys.nodes, await handle.now(), id)
        await raw.hset(keys.node(id), { state: 'ready', revision, lagMs })
      }
      const spreads = async () => (await handle.read.history()).map(({ spread }) => spread)
      const first = await publish('A')
      await told('a', first.revision, 20)
      await told('b', first.revision, 400)
      await handle.minutes.noteSpread()
      const spread = { nodes: 2, p50Ms: 20, p95Ms: 400, maxMs: 400 }
      expect(await spreads()).toEqual([spread])
      // One that has started since was not there.
      await raw.hset(keys.node('b'), 'lagMs', '')
      await handle.minutes.noteSpread()
      expect(await spreads()).toEqual([spread])

      const second = await publish('B')
      await raw.hset(keys.spread, '5', '{}', String(first.revision), 'x')
      await told('a', second.revision, 30)
      await handle.minutes.noteSpread()
      expect(await spreads()).toEqual([{ nodes: 1, p50Ms: 30, p95Ms: 30, maxMs: 30 }, undefined])
      expect((await raw.hkeys(keys.spread)).toSorted()).toEqual(
        [first, second].map(({ revision }) => `${revision}`),
      )

      await raw.del(keys.spread)
      await raw.set(keys.spread, 'x')
      expect(await spreads()).toEqual([undefined, undefined])
      await handle.minutes.noteSpread()
      expect(await spreads()).toMatchObject([{ nodes: 1 }, undefined])
    })
  })
}
