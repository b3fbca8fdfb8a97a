import { expect, it } from 'vitest'
import { createFollower } from '../../packages/hub/dist/flow/follow-redis.js'
import { createLatest } from '../../packages/hub/dist/flow/latest.js'
import { createLog } from '../../packages/hub/dist/log/log.js'

type Place = Parameters<typeof createFollower>[0]
type State = Parameters<ReturnType<typeof createFollower>['follow']>[0]

const now = Date.UTC(2026, 0, 1)
/** What a hub has published while Redis' clock was two days ahead. */
const published = { revision: now + 2 * 86_400_000, text: Buffer.from('A'), meta: {} } as never

it('[invariant 2] a hub forgets a revision of a time when Redis’ clock was wrong, once it is right', async () => {
  const restored: unknown[] = []
  const place = {
    read: { current: async () => undefined },
    refresh: {
      restore: async (lost: unknown) => {
        restored.push(lost)
        return { result: 'published' }
      },
    },
  } as unknown as Place
  const log = createLog({ level: 'silent', secrets: [], destination: { write() {} } })
  const follower = createFollower(place, log)
  follower.take(published)
  const state = (time: number) => ({ revision: 0, now: time, hasSettings: false }) as State
  expect([await follower.follow(state(now + 2 * 86_400_000)), restored]).toEqual([true, [published]])
  expect(await follower.follow(state(now))).toBe(false)
  expect([restored.length, follower.known()]).toEqual([1, undefined])
})

it('and gives it to no app any more', async () => {
  let newest = { revision: now + 2 * 86_400_000, now: now + 2 * 86_400_000 }
  const latest = createLatest({
    read: { newest: async () => newest, current: async () => published },
    known: () => undefined,
  })
  await latest.look()
  expect(latest.current()).toBe(published)
  newest = { revision: 0, now }
  const looked = new Promise<void>((resolve) => {
    const end = latest.watch(() => {
      end()
      resolve()
    })
  })
  await looked
  expect(latest.current()).toBeUndefined()
})
