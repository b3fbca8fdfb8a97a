import { describe, expect, it } from 'vitest'
import { type Contract, publication } from './contract.ts'

export function readContract(contract: () => Contract): void {
  describe('reading', () => {
    it('knows an environment of which nothing is stored', async () => {
      const { handle, name } = contract().fresh()
      const { read } = handle
      const { now, ...status } = await read.status()
      const refresh = { requested: 0, completed: 0, fruitless: 0 }
      expect(status).toEqual({ environment: name, current: undefined, refresh, hubs: [], audit: [] })
      expect(Math.abs(Date.parse(now) - Date.now())).toBeLessThan(5000)
      expect(await read.current()).toBeUndefined()
      expect(await read.revisions()).toEqual([])
      expect(await read.history()).toEqual([])
      expect(await read.auditAfter('0-0')).toEqual([])
      expect(await read.nodes()).toMatchObject({ environment: name, current: 0, nodes: [] })
      await expect(read.revision(5)).rejects.toMatchObject({ code: 'not-found' })
    })

    it('history has every kept revision with its text, and forgets the oldest', async () => {
      const { handle, publish } = contract().fresh()
      const published: number[] = []
      for (let index = 0; index < 22; index += 1) published.unshift((await publish(`text ${index}`)).revision)
      const kept = published.slice(0, 20)
      expect(await handle.read.revisions()).toEqual(kept)
      const history = await handle.read.history()
      expect(history.map(({ revision }) => revision)).toEqual(kept)
      expect(history[0]).toMatchObject({
        isCurrent: true,
        isListed: true,
        bytes: 7,
        campaigns: 3,
        trigger: 'manual',
        summary: 'published text 21',
      })
      expect(String((await handle.read.revision(kept[19] ?? 0)).text)).toBe('text 2')
      await expect(handle.read.revision(published[20] ?? 0)).rejects.toMatchObject({ code: 'not-found' })
    })

    it('history tells of a revision as long as it is kept, whatever else fills the audit', async () => {
      const { handle, keys, publish, raw } = contract().fresh()
      const first = await publish('A')
      const { text, meta } = publication('B')
      const { revision } = await handle.act.rollback({
        ...{ text, meta: { ...meta, trigger: 'rollback', contentOf: '1' } },
        ...{ knownRevision: first.revision, summary: 'back', entry: ['as', 'ann', 'reason', 'incident'] },
      })
      await raw.del(keys.audit)
      expect(await handle.read.history()).toMatchObject([
        { revision, trigger: 'rollback', summary: 'back', as: 'ann', reason: 'incident' },
        { revision: first.revision, trigger: 'manual', campaigns: 3, summary: 'published A', as: undefined },
      ])
      for (let index = 0; index < 20; index += 1) await publish(`text ${index}`)
      const told = await raw.hkeys(keys.told)
      expect(told.toSorted().toReversed()).toEqual((await handle.read.revisions()).map(String))
      const acts = await raw.xrange(`${keys.audit}:acts`, '-', '+')
      expect(acts.map(([, fields]) => fields.slice(0, 2))).toEqual([['what', 'rollback']])
    })

    it('a key of another type where revisions are told of is begun anew', async () => {
      const { handle, keys, publish, raw } = contract().fresh()
      await raw.set(keys.told, 'x')
      const { revision } = await publish('A')
      expect(await handle.read.history()).toMatchObject([{ revision, summary: 'published A' }])
      await raw.hset(keys.told, String(revision), '{')
      expect(await handle.read.history()).toMatchObject([{ revision, summary: 'published A' }])
    })

    it('history has what is live, though the list of revisions be lost', async () => {
      const { handle, keys, publish, raw } = contract().fresh()
      const { revision } = await publish('text')
      await raw.del(keys.revisions)
      expect(await handle.read.revisions()).toEqual([revision])
      expect(await handle.read.history()).toMatchObject([
        { revision, isCurrent: true, isListed: false, bytes: 4 },
      ])
    })

    it('the audit goes on from any of its entries', async () => {
      const { handle } = contract().fresh()
      await handle.note({ what: 'failed', summary: 'one', odd: 'field' })
      const [{ id } = expect.fail('no entry')] = await handle.read.auditAfter('0-0')
      await handle.note({ what: 'recovered', summary: 'two' })
      await handle.note({ what: 'failed', summary: 'three' })
      const later = await handle.read.auditAfter(id)
      expect(later.map(({ summary }) => summary)).toEqual(['two', 'three'])
    })

    it('a watch tells each event once', async () => {
      const { handle, publish } = contract().fresh()
      const ending = new AbortController()
      const told: (number | undefined)[][] = []
      const published: number[] = []
      for await (const look of handle.watch(ending.signal)) {
        if (look.kind === 'seen') told.push(look.news.map(({ revision }) => revision))
        if (told.length < 3) published.push((await publish(`text ${told.length}`)).revision)
        else ending.abort()
      }
      expect(told).toEqual([[], published.slice(0, 1), published.slice(1)])
    })

    it('hubs are listed while they report, and not when they have taken it back', async () => {
      const { handle } = contract().fresh()
      const { hubs, read } = handle
      await hubs.report('hub-a', { state: 'ready', host: 'a', pid: 1, version: '1.0.0', revision: 5 }, 60_000)
      await hubs.report('hub-b', { state: 'closing', lastFetchAt: 'now', lastFetchResult: 'published' })
      const status = await read.status()
      expect(new Set(status.hubs.map(({ id }) => id))).toEqual(new Set(['hub-a', 'hub-b']))
      const first = status.hubs.find(({ id }) => id === 'hub-a')
      expect(first).toMatchObject({ state: 'ready', host: 'a', pid: 1, version: '1.0.0', revision: 5 })
      const uptimeMs = Date.parse(status.now) - Date.parse(first?.startedAt ?? '')
      expect(uptimeMs).toBeGreaterThanOrEqual(60_000)
      expect(uptimeMs).toBeLessThan(70_000)
      await hubs.forget('hub-a')
      expect((await read.status()).hubs.map(({ id }) => id)).toEqual(['hub-b'])
    })

    it('nodes are counted by the revision that they report', async () => {
      const { handle, keys, publish, raw } = contract().fresh()
      const first = await publish('A')
      const second = await publish('B')
      const now = await handle.now()
      for (const [id, revision] of [
        ['slow', first.revision],
        ['fast', second.revision],
      ] as const) {
        await raw.zadd(keys.nodes, now, id)
        await raw.hset(keys.node(id), { state: 'ready', revision, lagMs: 7, host: 'shop', pid: 3 })
      }
      expect(await handle.read.nodes()).toMatchObject({
        revision: second.revision,
        current: 1,
        lag: { nodes: 1, p50Ms: 7 },
        nodes: [
          { id: 'slow', state: 'lagging', behindSince: new Date(second.revision).toISOString() },
          { id: 'fast', state: 'current', host: 'shop', pid: 3 },
        ],
      })
    })

    it('the owner of Redis may do all that a hub does', async () => {
      const permissions = await contract().fresh().handle.permissions()
      expect(permissions).toMatchObject({ kind: 'known', user: 'default', refused: [] })
    })

    it('the server says what it is', async () => {
      const { info, clockAheadMs } = await contract().store.server()
      expect(info).toBeInstanceOf(Map)
      expect(Math.abs(clockAheadMs)).toBeLessThan(5000)
      expect(await contract().store.ping()).toBeGreaterThan(0)
    })
  })
}
