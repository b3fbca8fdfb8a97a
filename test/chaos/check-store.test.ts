import { describe, expect, it } from 'vitest'
import { decisionsOf } from './settings.ts'
import { wellBegun } from './story.ts'

describe('given the store', () => {
  it('[invariant 3] finds what must not be published', () => {
    const { found } = wellBegun().change(2, false).store(20, 2, { isGood: false }).judge()
    expect(found).toEqual([
      '3: stored revision 20 is no settings-file that VWO had and that may be published',
      '3: published revision 20 is no settings-file that VWO had and that may be published',
    ])
  })

  it('[invariant 3] lets what is tolerated be published or not, and has it decide as it says', () => {
    const begun = () => wellBegun().tolerate(2)
    const refused = begun()
    for (let times = 0; times < 3; times += 1) refused.wait(4000).decide(10, decisionsOf(1))
    expect(refused.judge().found).toEqual([])
    const published = () => begun().store(20, 2).swap(10, 20)
    expect(published().decide(20, decisionsOf(2)).judge().found).toEqual([])
    expect(published().decide(20, decisionsOf(1)).judge().found).toEqual([
      expect.stringMatching(/^6: app-1\.1 at revision 20 decided .*"serial":1/),
    ])
  })

  it('[invariant 4] finds settings and meta that do not belong together', () => {
    expect(wellBegun().change(2).store(20, 2, { isWhole: false }).judge().found).toEqual([
      '4: settings, meta and history of revision 20 do not belong together',
    ])
  })

  it('[invariant 4] finds what was announced and never stored', () => {
    const found = ['4: revision 1000500 was never stored, but app-1.1 had it']
    const story = () => wellBegun().change(2).swap(10, 1_000_500).decide(1_000_500, decisionsOf(2))
    expect(story().judge().found).toEqual(found)
    expect(story().fault('hub killed', 0).judge().found).toEqual(found)
  })

  it('[invariant 2] finds a revision that goes back', () => {
    expect(wellBegun().change(2).store(20, 2).store(15, 2).judge().found).toEqual([
      '2: Redis 1 went from revision 20 to 15',
    ])
  })

  it('[invariant 1] finds an older settings-file that comes after a newer one, also when only messages were seen', () => {
    const found = ['1: edition 1 was stored as revision 30, after edition 2 as 20']
    expect(wellBegun().change(2).store(20, 2).store(30, 1).judge().found).toEqual(found)
    expect(
      wellBegun().change(2).publish(20, 2).publish(30, 1).store(20, 2).store(30, 1).judge().found,
    ).toEqual(found)
  })
})

describe('given a master that may have lost something', () => {
  /** Each of them is found when nothing excuses it: a message without its revision, a fall, an older settings-file. */
  const lossy = (story: ReturnType<typeof wellBegun>) => story.publish(25, 2).store(15, 2).store(30, 1)
  const begun = () => wellBegun().change(2).store(20, 2)
  const found = [
    '4: revision 25 was never stored, but the message in Redis 1 had it',
    '2: Redis 1 went from revision 20 to 15',
    '1: edition 1 was stored as revision 30, after edition 2 as 20',
  ]

  it('excuses it where that is done on purpose, and not long before or after', () => {
    expect(lossy(begun().lose('1', 500)).judge().found).toEqual([])
    expect(lossy(begun().lose('1', 500).wait(1500)).judge().found).toEqual(found)
    expect(lossy(begun()).wait(1500).lose('1', 500).judge().found).toEqual(found)
    // A replica, a sentinel.
    expect(lossy(begun().find('2', 'replica').lose('2', 500)).judge().found).toEqual(found)
    expect(lossy(begun().lose('3', 500)).judge().found).toEqual(found)
  })

  it('excuses it until somebody looks again', () => {
    const looked = (agoMs: number) => begun().lose('1', 500).wait(3000).store(15, 2, { agoMs })
    expect(looked(3600).judge().found).toEqual([])
    expect(looked(100).judge().found).toEqual(['2: Redis 1 went from revision 20 to 15'])
  })

  it('excuses what is put back much later, when it was seen empty', () => {
    const emptied = (story: ReturnType<typeof wellBegun>) =>
      story.find('1', 'master', []).wait(3000).store(15, 2).judge().found
    expect(emptied(begun().lose('1', 500))).toEqual([])
    expect(emptied(begun())).toEqual(['2: Redis 1 went from revision 20 to 15'])
  })

  it.each(['redis failed over', 'redis frozen', 'network slow', 'network held', 'network cut'] as const)(
    'excuses nothing where another one might have taken its place, and has not: %s',
    (fault) => {
      expect(lossy(begun().fault(fault, 500, 'Redis 1')).judge().found).toEqual(found)
    },
  )

  it('tells the share of the time in which it does', () => {
    const { counts } = wellBegun().wait(2000).lose('1', 500).wait(7500).judge()
    expect(counts.excused).toBeCloseTo(0.25)
    expect(begun().judge().counts.excused).toBe(0)
  })
})

describe('given two masters', () => {
  /** The second has taken the place of the first, which has not noticed. */
  const two = () =>
    wellBegun()
      .find('2', 'replica', [10])
      .change(2)
      .find('2', 'master')
      .store(20, 2, { server: '2' })
      .wait(3000)

  it('excuses the old one that takes what the new one would not, whoever gets it', () => {
    const { found, counts } = two()
      .swap(10, 20)
      .decide(20, decisionsOf(2))
      .store(30, 1)
      .swap(20, 30)
      .decide(30, decisionsOf(1))
      // A hub puts it back.
      .store(30, 1, { server: '2' })
      .change(3)
      .store(40, 3, { server: '2' })
      .swap(30, 40)
      .decide(40, decisionsOf(3))
      .judge()
    expect(found).toEqual([])
    expect(counts).toMatchObject({ outdated: 1, excused: 0 })
  })

  it('[invariant 1] excuses neither for what it should not take after what it has itself', () => {
    expect(two().store(30, 1, { server: '2' }).judge().found).toEqual([
      '1: edition 1 was stored as revision 30, after edition 2 as 20',
    ])
    expect(two().change(3).store(30, 3).store(40, 2).judge().found).toEqual([
      '1: edition 2 was stored as revision 40, after edition 3 as 30',
    ])
  })

  it('[invariant 1] holds nothing against the new one that it has only heard from the old one', () => {
    const heard = two().change(3).change(4).publish(30, 4, { server: '2' }).publish(40, 3, { server: '2' })
    expect(heard.find('1', 'behind').wait(500).find('1', 'replica', [10, 20, 40]).judge().found).toEqual([])
  })

  it('[invariant 2] excuses the old one when it takes over what the new one has, not the new one', () => {
    const replaced = () => two().change(3).store(30, 3).find('1', 'behind').wait(500)
    expect(replaced().find('1', 'replica', [10, 20]).store(20, 2).judge().found).toEqual([])
    expect(replaced().store(15, 2, { server: '2' }).judge().found).toEqual([
      '2: Redis 2 went from revision 20 to 15',
    ])
  })

  it('[invariant 4] excuses what the old one announced and lost, wherever that was heard, not what the new one did', () => {
    const announced = (server: string) => two().change(3).publish(30, 3, { server })
    // The nodes of a cluster pass messages on to each other.
    for (const server of ['1', '2']) {
      const replaced = announced(server).find('1', 'behind').wait(500).find('1', 'replica', [10, 20])
      expect(replaced.judge().found).toEqual([])
    }
    const found = ['4: revision 30 was never stored, but the message in Redis 2 had it']
    expect(announced('2').judge().found).toEqual(found)
    expect(announced('2').wait(1700).find('1', 'behind').judge().found).toEqual(found)
    // It was frozen, and answered for the last time right before it took it.
    const frozen = (agoMs: number) =>
      two().change(3).publish(30, 3).wait(1700).find('1', 'replica', [10, 20], agoMs)
    expect(frozen(1800).judge().found).toEqual([])
    expect(frozen(100).judge().found).toEqual([
      '4: revision 30 was never stored, but the message in Redis 1 had it',
    ])
  })
})
