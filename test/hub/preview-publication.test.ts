import { describe, expect, it } from 'vitest'
import { running, startHubs } from '../support/hubs.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

/** A hub that has published everybody's first settings. */
async function setUp(preview: boolean) {
  const hubs = await startHubs({ url: server.url, environment: { preview } })
  cleanUps.push(hubs.close)
  /** Waits for so many revisions. @returns What they changed, the newest first. */
  const summaries = async (count: number) => {
    const history = await until(hubs.handle.read.history, ({ length }) => length === count)
    return history.map(({ summary }) => summary)
  }
  await summaries(1)
  return { vwo: hubs.vwo, summaries }
}

describe('a publication', () => {
  it('says whom it moves, where that is asked for; not the first one, which moves nobody', async () => {
    const { vwo, summaries } = await setUp(true)
    await vwo.set(running(['checkout-test'], 0))
    expect(await summaries(2)).toEqual([
      'checkout-test: traffic 100 → 0 %; 100 % of users of checkout-test move',
      'first settings: 1 campaign',
    ])
  })

  it('says what it changes alone otherwise', async () => {
    const { vwo, summaries } = await setUp(false)
    await vwo.set(running(['checkout-test'], 0))
    expect((await summaries(2))[0]).toBe('checkout-test: traffic 100 → 0 %')
  })
})
