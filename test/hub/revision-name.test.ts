import { keysOf } from '@vwo-hub/protocol'
import { Redis } from 'ioredis'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { runCommand } from '../support/cli.ts'
import { redisForFile } from '../support/redis-for-file.ts'

// A zone far from UTC, so that a time that is read in the wrong one shows.
process.env['TZ'] = 'Asia/Tokyo'

const at = (text: string): number => new Date(text).getTime()
// Local times, as a person at this clock means them.
const newest = at('2025-11-23T14:10:30.250')
const middle = at('2025-11-23T08:00:00')
const oldest = at('2025-11-22T23:00:00')
const revisions = [newest, middle, oldest]
const now = new Date('2025-11-23T15:00:00')

const { server } = await redisForFile()
const redis = new Redis(server.url)
afterAll(() => redis.disconnect())
for (const revision of revisions) {
  await redis.zadd(keysOf('prod').revisions, revision, revision)
  await redis.set(keysOf('prod').settingsOf(revision), '{}')
}

afterEach(() => {
  vi.useRealTimers()
})

/** What `vwo-hub show` answers to a name, on a machine whose clock shows this time. */
async function show(name: string, { at: time = now, environment = 'prod' } = {}) {
  vi.useFakeTimers({ toFake: ['Date'], now: time })
  const { code, stdout } = await runCommand(['show', '--json', environment, '--', name], {
    env: { REDIS_URL: server.url },
  })
  return { code, ...(JSON.parse(stdout) as object) }
}

describe('a revision', () => {
  it.each<[name: string, revision: number]>([
    ['latest', newest],
    ['~0', newest],
    ['previous', middle],
    ['~1', middle],
    ['~2', oldest],
    [String(middle), middle],
    ['14:10', middle],
    ['14:11', newest],
    ['14:10:30', newest],
    ['14:10:29', middle],
    ['2025-11-23 14:10:30', newest],
    ['2025-11-23T14:10:30.250', newest],
    ['2025-11-23T14:10:30.249', middle],
    ['2025-11-23T14:10:29+09:00', middle],
    ['2025-11-23 14:10:29 +09:00', middle],
    ['2025-11-23 14:10:30 +09:00', newest],
    ['3:30', oldest],
    ['23:30', oldest],
    ['2025-11-23T14:05', middle],
    ['2025-11-23 14:05', middle],
    ['2025-11-23', oldest],
    ['2025-11-22T22:59Z', oldest],
    ['2025-11-22T23:00Z', middle],
    ['2025-11-24', newest],
    [new Date(middle).toISOString(), middle],
    [' latest ', newest],
  ])('can be named "%s"', async (name, revision) => {
    expect(await show(name)).toMatchObject({ code: 0, revision })
  })

  it('of the second that has not ended yet can be named by it', async () => {
    const moment = new Date('2025-11-23T14:10:30.700')
    expect(await show('14:10:30', { at: moment })).toMatchObject({ code: 0, revision: newest })
  })

  it.each([
    '~3',
    'newest',
    '',
    '24:00',
    '14:60',
    String(newest + 1),
    '2025-11-21',
    '22:00',
    '2025-13-40',
    '-1',
    '1e3',
  ])('cannot be named "%s", and the error says which are kept', async (name) => {
    const oldestText = new Date(oldest).toISOString()
    expect(await show(name)).toEqual({
      code: 1,
      error: {
        code: 'not-found',
        message:
          `Cannot find revision "${name}": expected a number, "latest", "previous", "~2", or a time such as "14:05" ` +
          `or "2025-11-23T14:05", within the 3 kept since ${oldestText} (revision ${oldest}). See "vwo-hub history prod".`,
      },
    })
  })

  it('cannot be named before there is one', async () => {
    expect(await show('latest', { environment: 'stage' })).toEqual({
      code: 1,
      error: {
        code: 'not-found',
        message:
          'Cannot find revision "latest": nothing has been published for "stage" yet. ' +
          'Are the name of the environment and HUB_PREFIX right?',
      },
    })
  })
})
