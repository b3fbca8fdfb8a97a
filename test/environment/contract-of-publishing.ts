import { sha256Of } from '@vwo-hub/protocol'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { type Contract, type Fresh, publication } from './contract.ts'

/** The messages of an environment, from now on. */
async function listen({ running }: Contract, { keys }: Fresh, onMessage: (message: string) => void) {
  const { host, port } = await running.master(keys.meta)
  const subscriber = new Redis({ host, port })
  const isSharded = running.config.kind === 'cluster'
  subscriber.on(isSharded ? 'smessage' : 'message', (_channel: string, message: string) => onMessage(message))
  await (isSharded ? subscriber.ssubscribe(keys.updates) : subscriber.subscribe(keys.updates))
  return () => subscriber.disconnect()
}

export function publishContract(contract: () => Contract): void {
  describe('publishing', () => {
    it('[invariant 4] settings, meta, history, audit and message are never seen apart', async () => {
      const fresh = contract().fresh()
      const { handle, keys, publish, raw } = fresh
      const announced: number[] = []
      const checks: Promise<void>[] = []
      const stop = await listen(contract(), fresh, (message) => {
        const { revision } = JSON.parse(message) as { revision: number }
        announced.push(revision)
        checks.push(look(revision))
      })

      /** What one reader sees in one moment belongs together, and is not older than what was announced to it. */
      async function look(atLeast: number): Promise<void> {
        const answer = await raw
          .multi()
          .get(keys.settings)
          .hgetall(keys.meta)
          .zrange(keys.revisions, '-1', '-1')
          .xrevrange(keys.audit, '+', '-', 'COUNT', 1)
          .exec()
        const [text, meta, [newest], [entry]] = (answer ?? []).map(([, reply]) => reply) as [
          string,
          Record<string, string>,
          string[],
          [string, string[]][],
        ]
        expect(sha256Of(text)).toBe(meta['sha256'])
        expect(Buffer.byteLength(text)).toBe(Number(meta['bytes']))
        expect(newest).toBe(meta['revision'])
        const fields = entry?.[1] ?? []
        expect(fields[fields.indexOf('revision') + 1]).toBe(meta['revision'])
        expect(Number(meta['revision'])).toBeGreaterThanOrEqual(atLeast)
        expect(await raw.get(keys.settingsOf(Number(meta['revision'])))).toBe(text)
      }

      let isPublishing = true
      let looks = 0
      await publish('first')
      const looking = (async () => {
        while (isPublishing) {
          await look(0)
          looks += 1
        }
      })()
      // Small ones travel in the message, large ones beside it.
      let published = 1
      for (; published <= 12 || looks <= 10; published += 1)
        await publish(`${published}`.repeat(published % 2 === 0 ? 100 : 60_000))
      isPublishing = false
      await looking
      // The last message may still be on its way.
      await until(
        () => announced.length,
        (count) => count >= published,
      )
      await Promise.all(checks)
      stop()
      expect(announced).toHaveLength(published)
      expect(announced).toEqual([...new Set(announced)].sort((a, b) => a - b))
      expect((await handle.read.current())?.revision).toBe(announced.at(-1))
    })

    it('a small text travels in the message, a large one is to be had compressed', async () => {
      const fresh = contract().fresh()
      const { keys, publish, raw } = fresh
      const messages: { settings?: string; revision: number; summary: string }[] = []
      const stop = await listen(contract(), fresh, (message) => messages.push(JSON.parse(message) as never))
      await publish('small')
      const { revision } = await publish('large'.repeat(10_000))
      await until(
        () => messages.length,
        (count) => count === 2,
      )
      stop()
      expect(messages).toMatchObject([
        { type: 'update', settings: 'small', summary: 'published small' },
        { revision },
      ])
      expect(messages[1]).not.toHaveProperty('settings')
      expect(await raw.exists(keys.compressedSettingsOf(revision))).toBe(1)
    })

    it('the two newest large texts are to be had compressed, for as long as they are', async () => {
      const { keys, publish, raw } = contract().fresh()
      const revisions: number[] = []
      for (const name of ['A', 'B', 'C', 'D']) revisions.push((await publish(name.repeat(50_000))).revision)
      const compressed = revisions.map((revision) => keys.compressedSettingsOf(revision))
      expect(await Promise.all(compressed.map((key) => raw.ttl(key)))).toEqual([-2, -2, -1, -1])
      // A small one takes the place of the older one all the same.
      await publish('E')
      expect(await Promise.all(compressed.map((key) => raw.exists(key)))).toEqual([0, 0, 0, 1])
    })

    it('what is there already is only noted, and confirmed without a text', async () => {
      const { handle, publish, lease } = contract().fresh()
      const first = await publish('A')
      expect(await publish('A')).toMatchObject({ result: 'unchanged', revision: first.revision })
      const common = {
        trigger: 'manual' as const,
        checkedAt: '2030-01-01T00:00:00.000Z',
        delayMs: 60_000,
        fruitless: 4,
      }
      const sha256 = sha256Of('A')
      expect(await handle.refresh.confirm({ ...common, sha256, attempt: await lease() })).toBe(true)
      const { current, refresh, audit } = await handle.read.status()
      expect(current).toMatchObject({ revision: first.revision, checkedAt: common.checkedAt })
      expect(refresh).toMatchObject({ requested: 3, completed: 3, fruitless: 4 })
      expect(Date.parse(refresh.notBefore ?? '')).toBeGreaterThan(first.revision + 50_000)
      expect(audit.map(({ what }) => what)).toEqual(['publish'])
    })

    it('says of which product the settings are, and of FME only to readers that know there are two', async () => {
      const fresh = contract().fresh()
      const { keys, publish, raw } = fresh
      const announced: unknown[] = []
      const stop = await listen(contract(), fresh, (message) => announced.push(JSON.parse(message)))
      await publish('A')
      const { meta } = publication('B')
      await publish('B', { meta: { ...meta, product: 'fme' } })
      const fields = await raw.hmget(keys.meta, 'product', 'protocol', 'speaks')
      await until(
        () => announced.length,
        (count) => count >= 2,
      )
      stop()
      expect(fields).toEqual(['fme', '3', '3'])
      expect(announced).toMatchObject([
        { product: 'fullstack', protocol: 1, speaks: 3 },
        { product: 'fme', protocol: 3, speaks: 3 },
      ])
    })

    it('[invariant 2] what was compared with another revision is not stored', async () => {
      const { handle, publish, lease } = contract().fresh()
      const { revision } = await publish('A')
      const attempt = await lease()
      expect(await publish('B', { attempt, knownRevision: revision - 1 })).toMatchObject({ result: 'moved' })
      const other = {
        trigger: 'manual' as const,
        sha256: sha256Of('B'),
        checkedAt: '',
        attempt,
        delayMs: 0,
        fruitless: 0,
      }
      expect(await handle.refresh.confirm(other)).toBe(false)
      expect(String((await handle.read.current())?.text)).toBe('A')
    })

    it('what Redis has lost is put back under its number, and announced', async () => {
      const fresh = contract().fresh()
      const { handle, keys, publish, raw } = fresh
      await publish('A')
      const { revision } = await publish('B')
      const known = (await handle.read.current()) ?? expect.fail('nothing is published')
      await raw.del(keys.meta, keys.settings, keys.settingsOf(revision), keys.revisions)
      const announced: number[] = []
      const stop = await listen(contract(), fresh, (message) =>
        announced.push((JSON.parse(message) as { revision: number }).revision),
      )
      expect(await handle.refresh.restore(known)).toMatchObject({ result: 'published', revision })
      expect(await handle.refresh.restore(known)).toMatchObject({ result: 'unchanged', revision })
      expect(await handle.read.current()).toEqual(known)
      await until(
        () => announced.length,
        (count) => count > 0,
      )
      stop()
      expect(announced).toEqual([revision])
      expect((await handle.read.status()).audit[0]).toMatchObject({ what: 'restored', revision })
      expect(await handle.read.history()).toMatchObject([{ revision, summary: 'published B' }])
    })

    it('a text that alone is gone is put back, unless another revision is current', async () => {
      const { handle, keys, publish, raw } = contract().fresh()
      await publish('A')
      const known = (await handle.read.current()) ?? expect.fail('nothing is published')
      await raw.del(keys.settings, keys.settingsOf(known.revision))
      const look = { token: 'look', leaseMs: 1, owed: 0, pollIntervalMs: 0 }
      expect(await handle.refresh.acquire(look)).toMatchObject({ state: 'idle', hasSettings: false })
      expect(await handle.refresh.refill(known)).toBe(true)
      expect(String((await handle.read.current())?.text)).toBe('A')
      expect(String((await handle.read.revision(known.revision)).text)).toBe('A')
      expect(await handle.refresh.acquire(look)).toMatchObject({ hasSettings: true })
      await publish('B')
      expect(await handle.refresh.refill(known)).toBe(false)
      expect(String((await handle.read.current())?.text)).toBe('B')
    })
  })
}
