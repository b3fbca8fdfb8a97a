import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import type { RedisMember } from '@vwo-hub/sandbox'
import { until } from '../support/until.ts'
import type { Contract } from './contract.ts'

/** Asks one server past all proxies. */
async function ask<T>({ host, port }: RedisMember, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ host, port })
  try {
    return await question(redis)
  } finally {
    redis.disconnect()
  }
}

export function outageContract(
  contract: () => Contract,
  { canFailOver }: { readonly canFailOver: boolean },
): void {
  describe('while Redis goes away', () => {
    it('time is that of the master that everything of the environment goes by', async () => {
      const { members, master } = contract().running
      const { handle, keys } = contract().fresh()
      const own = await master(keys.meta)
      await Promise.all(members.map((member) => ask(member, (redis) => redis.config('RESETSTAT'))))
      for (let index = 0; index < 10; index += 1) {
        await handle.now()
        await handle.read.nodes()
      }
      const asked = await Promise.all(
        members.map(async (member) => {
          const info = await ask(member, (redis) => redis.info('commandstats'))
          return [member.port, Number(/cmdstat_time:calls=(\d+)/.exec(info)?.[1] ?? 0)]
        }),
      )
      expect(asked.filter(([, calls]) => (calls ?? 0) > 0)).toEqual([[own.port, 20]])
    })

    it('nothing is sent twice: what may have been done is told as not known', async () => {
      const { proxies, master } = contract().running
      const { handle, keys } = contract().fresh()
      await handle.note({ what: 'failed', summary: 'the connection is open' })
      const own = await master(keys.meta)
      const requested = () => ask(own, (redis) => redis.hget(keys.refresh, 'requested'))

      for (const proxy of proxies) proxy.set({ down: { kind: 'swallow' } })
      const request = handle.refresh.request('manual').catch((error: unknown) => error)
      await until(requested, (count) => count === '1')
      for (const proxy of proxies) {
        proxy.cut()
        proxy.set({})
      }
      expect(await request).toBeInstanceOf(Error)

      const next = await until(
        () => handle.refresh.request('manual').catch(String),
        (ticket) => typeof ticket === 'number',
      )
      expect(await requested()).toBe(String(next))
      expect(next).toBe(2)
    })

    if (!canFailOver) return
    it('another master takes over, with what was published and the time', async () => {
      const { failOver = expect.fail('cannot fail over'), master } = contract().running
      const { handle, keys, publish } = contract().fresh()
      const { revision } = await publish('A')
      // What no replica has yet would be lost.
      const copies = await ask(await master(keys.meta), async (redis) => {
        await redis.set(keys.staged('last'), '')
        return await redis.wait(1, 60_000)
      })
      expect(copies).toBeGreaterThan(0)
      await failOver(keys.meta)
      const now = await until(
        () => handle.now().catch(() => 0),
        (time) => time > 0,
      )
      expect(Math.abs(now - Date.now())).toBeLessThan(5000)
      const current = await until(
        () => handle.read.current().catch(() => undefined),
        (seen) => seen !== undefined,
      )
      expect(current).toMatchObject({ revision, text: Buffer.from('A') })
      const next = await until(
        () => publish('B').catch(() => undefined),
        (result) => result !== undefined,
      )
      expect(next?.revision).toBeGreaterThan(revision)
    })
  })
}
