import { describe, expect, it } from 'vitest'
import { sharedJudging } from '../support/hub-config.ts'
import { running } from '../support/hubs.ts'
import type { PlainSettingsFile } from '../support/settings-file.ts'

const keysTo = (count: number) => Array.from({ length: count }, (_, index) => `campaign-${index + 1}`)

describe('what would end', () => {
  type Campaign = ReturnType<typeof campaignsOf>[number]
  const campaignsOf = (file: PlainSettingsFile) => file.campaigns as readonly { readonly id: number }[]
  const file = (count: number, edit: (campaign: Campaign, index: number) => object = (same) => same) => {
    const made = running(keysTo(count))
    return { ...made, campaigns: campaignsOf(made).map(edit) }
  }
  const paused = (campaign: Campaign) => ({ ...campaign, status: 'PAUSED' })
  const both = (...files: ReturnType<typeof file>[]) => ({
    ...file(0),
    campaigns: files.flatMap(({ campaigns }) => campaigns),
  })

  async function judged(settings: object, previous?: { text: Uint8Array; sha256: string }) {
    const verdict = await sharedJudging.judge({ body: JSON.stringify(settings), previous })
    return verdict.ok ? verdict : expect.fail(verdict.why)
  }
  const ending = async (before: object, after: object) => {
    const { count, running: of } = (await judged(after, await judged(before))).ending
    return [count, of]
  }

  it('is nothing with the first settings', async () => {
    expect((await judged(file(0))).ending).toEqual({ count: 0, running: 0, named: [] })
  })

  it('are campaigns that run, not those that are listed', async () => {
    expect(await ending(file(10), file(10, paused))).toEqual([10, 10])
    expect(await ending(file(10, paused), file(0))).toEqual([0, 0])
  })

  it('is of two campaigns with one key the first, by which alone is decided', async () => {
    expect(await ending(file(10), both(file(10, paused), file(10)))).toEqual([10, 10])
    expect(await ending(file(10), both(file(10), file(10, paused)))).toEqual([0, 10])
    expect(await ending(both(file(10), file(10)), file(5))).toEqual([5, 10])
  })

  it('are campaigns that run on and decide for nobody any more, unless they did not before', async () => {
    const muted = file(10, (campaign, index) =>
      index < 6 ? { ...campaign, segments: { or: null } } : campaign,
    )
    expect(await ending(file(10), muted)).toEqual([6, 10])
    expect(await ending(muted, { ...muted, version: 2 })).toEqual([0, 4])
    expect(await ending(muted, file(10))).toEqual([0, 4])
  })

  it('is known by its key, as by apps', async () => {
    const renumbered = file(10, (campaign) => ({ ...campaign, id: campaign.id + 10_000 }))
    expect(await ending(file(10), renumbered)).toEqual([0, 10])
  })
})
