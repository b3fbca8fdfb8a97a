import { describe, expect, it } from 'vitest'
import { createLog } from '../../packages/hub/dist/log/log.js'
import { acceptedOf } from '../support/refreshers.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { refreshing } from '../support/refreshing.ts'

const { server } = await redisForFile()
const { setUp } = refreshing(server)

describe('given a fault of the hub itself', () => {
  const fault = new TypeError("Cannot read properties of undefined (reading 'revision')")

  function logged() {
    const lines: { level: string; msg: string; err?: { code?: string; stack?: string } }[] = []
    const destination = {
      write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]),
    }
    return { lines, log: createLog({ level: 'info', secrets: [], destination }) }
  }

  it('is told as one, with its stack, and tried again as rarely as what a person has to mend', async () => {
    const { lines, log } = logged()
    const { vwo, cluster, keys, observer, refresh, settings } = await setUp({ log })
    vwo.failure = fault
    vwo.content = 'B'
    const { refresher } = cluster.members[0] ?? expect.fail('no member')
    // As in a long series of failures: of one of VWO's the waits end at 5 s.
    const begun = Date.now()
    await observer.hset(keys.refresh, { fruitless: 8, notBefore: begun })
    await refresher.request('webhook')
    const { notBefore, lastFetchAt } = await until(refresh, (state) => Number(state['notBefore']) > begun)
    expect(Number(notBefore) - Number(lastFetchAt)).toBeGreaterThan(5000)
    await until(
      () => refresher.lastFetch()?.result,
      (result) => result === 'internal',
    )
    const failed = await until(
      () => lines.filter(({ level }) => level === 'error'),
      ({ length }) => length > 0,
    )
    expect(failed).toMatchObject([{ msg: 'the hub itself failed', err: { code: 'internal' } }])
    expect(failed[0]?.err?.stack).toMatch(/TypeError: Cannot read properties.*refresh-faults\.test\.ts:/s)
    const newest = async () => (await observer.xrevrange(keys.audit, '+', '-', 'COUNT', 1))[0]?.[1] ?? []
    const entry = await until(newest, (fields) => fields.includes('failed'))
    expect(entry.join(' ')).toMatch(
      /what failed summary Cannot refresh .* by a fault of the hub itself: Cannot read/,
    )
    expect(await settings()).toBe('A')
    vwo.failure = undefined
    await observer.hset(keys.refresh, { notBefore: 0 })
    await until(settings, (text) => text === 'B')
    await until(
      () => lines.map(({ msg }) => msg),
      (messages) =>
        messages.some((message) => message.startsWith('the hub refreshes again, after: Cannot refresh')),
    )
  })

  it('outside of an attempt is told once, though the loop goes on', async () => {
    const { lines, log } = logged()
    let looks = 0
    const { settings } = await setUp({
      log,
      wrap: (store) => ({
        ...store,
        acquire: async (input) => {
          looks += 1
          if (looks <= 2) throw fault
          return await store.acquire(input)
        },
      }),
    })
    expect(await settings()).toBe('A')
    expect(lines.filter(({ level }) => level === 'error')).toMatchObject([
      {
        msg: 'the hub itself failed; the refresh is tried again every second',
        err: { message: fault.message },
      },
    ])
  })
})

describe('given a check that takes long', () => {
  it('[invariant 7] closing gives it up, and the lease back', async () => {
    let isChecking = false
    const { vwo, cluster, refresh } = await setUp({
      judge: (body) => {
        isChecking = body === 'B'
        return body === 'B' ? new Promise(() => {}) : acceptedOf(body)
      },
    })
    const { refresher } = cluster.members[0] ?? expect.fail('no member')
    vwo.content = 'B'
    await refresher.request('webhook')
    await until(
      () => isChecking,
      (seen) => seen,
    )
    await refresher.close(0)
    expect(await refresh()).toMatchObject({ requested: '2', completed: '1' })
    expect(await refresh()).not.toHaveProperty('owner')
  })
})
