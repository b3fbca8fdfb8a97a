import { sha256Of } from '@vwo-hub/protocol'
import { describe, expect, it } from 'vitest'
import { type Contract, publication } from './contract.ts'

const until = '2040-01-01T00:00:00.000Z'
const hold = { held: '6 of 7 would end', heldSince: '2030-01-01T00:00:00.000Z', heldUntil: until }

export function actContract(contract: () => Contract): void {
  describe('an act', () => {
    it('a pin keeps what is live, and its end asks for what has waited', async () => {
      const { handle, publish } = contract().fresh()
      const { act, read } = handle
      const entry = { what: 'pin', summary: 'pinned', as: 'ann' }
      expect(await act.pin({ pinnedUntil: until }, entry)).toBeUndefined()
      const { revision } = await publish('A')
      const meant = { pinnedUntil: until, revision: revision - 1 }
      expect(await act.pin(meant, entry)).toEqual({ result: 'moved', revision })
      expect((await read.status()).current).not.toHaveProperty('pinnedUntil')
      expect(await act.pin({ pinnedUntil: until, revision }, entry)).toEqual({ result: 'pinned', revision })
      expect(await publish('B')).toMatchObject({ result: 'pinned', revision })
      expect((await read.status()).current).toMatchObject({
        revision,
        pinnedUntil: until,
        waiting: 'published B',
        waitingSha256: sha256Of('B'),
      })
      const unpin = { what: 'unpin', summary: 'over' }
      expect(await act.unpin(unpin, { which: 'another one' })).toBeUndefined()
      expect(await act.unpin(unpin, { which: until, revision: revision - 1 })).toBeUndefined()
      expect(await act.unpin(unpin, { which: until, revision })).toEqual({ ticket: 3, lifted: until })
      expect(await act.unpin(unpin)).toBeUndefined()
      const { current, refresh, audit } = await read.status()
      expect(current).not.toHaveProperty('pinnedUntil')
      expect(current).not.toHaveProperty('waiting')
      expect(refresh).toMatchObject({ requested: 3, completed: 2, fruitless: 0 })
      expect(audit.map(({ what }) => what)).toEqual(['unpin', 'pinned', 'pin', 'publish'])
      expect(audit[2]?.as).toBe('ann')
    })

    it('what the guard holds back is published once it is released', async () => {
      const { handle, publish } = contract().fresh()
      const { act, read } = handle
      await publish('A')
      expect(await publish('B', { hold })).toMatchObject({ result: 'held' })
      expect((await read.status()).current).toMatchObject({ ...hold, heldSha256: sha256Of('B') })
      const entry = { what: 'release', summary: 'released' }
      expect(await act.release(entry, { which: 'another one' })).toBeUndefined()
      expect(await act.release(entry, { which: sha256Of('B') })).toMatchObject({ lifted: sha256Of('B') })
      expect(await act.release(entry)).toBeUndefined()
      expect(await publish('B', { hold })).toMatchObject({ result: 'published' })
      expect((await read.status()).current).not.toHaveProperty('held')
      // It was for once.
      await publish('A')
      expect(await publish('B', { hold })).toMatchObject({ result: 'held' })
    })

    it('what waits is kept for as long as it does, by the reason why', async () => {
      const { handle, keys, publish, raw } = contract().fresh()
      const { act, read } = handle
      const entry = { what: 'act', summary: 'by a test' }
      const waits = async () => {
        const { kind, text } = (await read.candidate()) ?? {}
        return [kind, text && String(text), await raw.ttl(keys.candidate)]
      }
      const nothing = [undefined, undefined, -2]
      await publish('A')
      expect(await waits()).toEqual(nothing)
      await publish('B', { hold })
      expect(await waits()).toEqual(['held', 'B', -1])
      await publish('C', { hold })
      expect(await waits()).toEqual(['held', 'C', -1])
      // VWO has taken it back.
      await publish('A')
      expect(await waits()).toEqual(nothing)
      await publish('B', { hold })
      await act.pin({ pinnedUntil: until }, entry)
      expect(await waits()).toEqual(['waiting', 'B', -1])
      await publish('D'.repeat(50_000))
      expect(await waits()).toEqual(['waiting', 'D'.repeat(50_000), -1])
      await act.unpin(entry)
      expect(await waits()).toEqual(nothing)
      await publish('B', { hold })
      await act.release(entry)
      expect(await waits()).toEqual(nothing)
      await publish('B', { hold })
      expect((await read.current())?.text.toString()).toBe('B')
      expect(await waits()).toEqual(nothing)
    })

    it('of what an older hub has held back the reason is known, and nothing else', async () => {
      const { handle, keys, publish, raw } = contract().fresh()
      await publish('A')
      await publish('B', { hold })
      const older = { kind: 'held', sha256: sha256Of('B'), text: undefined }
      for (const left of ['what waited before', undefined]) {
        await (left === undefined ? raw.del(keys.candidate) : raw.set(keys.candidate, left))
        expect(await handle.read.candidate()).toEqual(older)
      }
      // The next fetch keeps it.
      await publish('B', { hold })
      expect(String((await handle.read.candidate())?.text)).toBe('B')
    })

    it('a pin ends what was released: it is judged anew', async () => {
      const { handle, publish } = contract().fresh()
      const { act } = handle
      await publish('A')
      await publish('B', { hold })
      await act.release({ what: 'release', summary: 'released' })
      await act.pin({ pinnedUntil: until }, { what: 'pin', summary: 'pinned' })
      await act.unpin({ what: 'unpin', summary: 'over' })
      expect(await publish('B', { hold })).toMatchObject({ result: 'held' })
    })

    it('a rollback is a new revision, past a pin, and pins in the same step', async () => {
      const { handle, publish } = contract().fresh()
      const { act, read } = handle
      const first = await publish('A')
      const { revision } = await publish('B')
      await act.pin({ pinnedUntil: hold.heldSince }, { what: 'pin', summary: 'pinned' })
      const { text, meta } = publication('A')
      const input = {
        text,
        meta: { ...meta, trigger: 'rollback', contentOf: String(first.revision) },
        summary: 'back to A',
        entry: ['as', 'ann', 'reason', 'incident'],
        pinnedUntil: until,
      }
      expect(await act.rollback({ ...input, knownRevision: first.revision })).toMatchObject({
        result: 'moved',
      })
      const done = await act.rollback({ ...input, knownRevision: revision })
      expect(done).toMatchObject({ result: 'published', previousRevision: revision })
      expect(done.revision).toBeGreaterThan(revision)
      expect((await read.status()).current).toMatchObject({
        revision: done.revision,
        contentOf: first.revision,
        trigger: 'rollback',
        pinnedUntil: until,
      })
      const [newest] = await read.history()
      expect(newest).toMatchObject({ summary: 'back to A', as: 'ann', reason: 'incident' })
    })

    it('the last word about a pin is put back where Redis has lost it', async () => {
      const { handle, keys, publish, raw } = contract().fresh()
      const { act, read, refresh } = handle
      await publish('A')
      await act.pin({ pinnedUntil: until }, { what: 'pin', summary: 'pinned' })
      const pinned = (await read.current()) ?? expect.fail('nothing is published')
      expect(await refresh.restorePin(pinned)).toBe(false)
      await raw.hdel(keys.meta, 'pinnedUntil', 'pinSetAt')
      expect(await refresh.restorePin(pinned)).toBe(true)
      expect((await read.status()).current).toMatchObject({ pinnedUntil: until })
      await act.unpin({ what: 'unpin', summary: 'over' })
      expect(await refresh.restorePin(pinned)).toBe(false)
      expect((await read.status()).current).not.toHaveProperty('pinnedUntil')
    })
  })
}
