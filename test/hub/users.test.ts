import { afterAll, describe, expect, it } from 'vitest'
import { runCommand } from '../support/cli.ts'
import { createPublisher } from '../support/publisher.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { abTest, settingsFile, variation } from '../support/settings-file.ts'

const { server } = await redisForFile()

/** Both are of ann and bob alone: by a list, and by a variable. */
const open = (percentTraffic: number) =>
  settingsFile({
    campaigns: [
      abTest('listed', {
        percentTraffic: 0,
        isForcedVariationEnabled: percentTraffic > 0,
        variations: [
          variation(1, 'Control', 50),
          variation(2, 'Variation-1', 50, { segments: { user: 'ann, bob' } }),
        ],
      }),
      abTest('gold', { percentTraffic, segments: { custom_variable: { plan: 'gold' } } }),
    ],
  })

const publisher = await createPublisher(server.url, 'prod')
afterAll(publisher.close)
await publisher.publish(JSON.stringify(open(0)))
await publisher.publish(JSON.stringify(open(100)))

/** What `vwo-hub preview --users` says of the users on these lines. */
const preview = async (lines: string) =>
  await runCommand(['preview', 'latest', 'prod', '--against', 'previous', '--users', '-', '--json'], {
    env: { REDIS_URL: server.url },
    input: lines,
  })

describe('users', () => {
  it('are ids or objects, one a line', async () => {
    const { code, stdout } = await preview('ann\r\n\n{"user":"bob","customVariables":{"plan":"gold"}}\n')
    const { users, campaigns } = JSON.parse(stdout) as { users: number; campaigns: object[] }
    expect([code, users]).toEqual([0, 2])
    // Bob is who comes with variables; who comes without has some made.
    const ofBob = { fits: 'given', users: 1, enter: 1 }
    const ofAnn = { users: 1, enter: 1 }
    expect(campaigns).toMatchObject([
      { campaign: 'listed', populations: [ofBob, { fits: 'all', ...ofAnn }, { with: expect.anything() }] },
      { campaign: 'gold', populations: [ofBob, { fits: 'both', ...ofAnn }, { fits: 'neither' }] },
    ])
  })

  it.each([
    ['', /expected 1 to 1000000, one a line, got 0/],
    ['ann\n{"id":"bob"}', /line 2: expected an id, or \{"user"/],
    ['{"user":', /line 1/],
  ])('are refused: %j', async (lines, message) => {
    const { code, stdout } = await preview(lines)
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toEqual({
      error: { code: 'not-possible', message: expect.stringMatching(message) as string },
    })
  })
})
