import { describe, expect, it } from 'vitest'
import { check } from './check.ts'
import type { ChaosEvent, FaultKind, RedisRole } from './event.ts'
import { decisionsOf, editionOf, undecided } from './settings.ts'

/** A history that is written down step by step, a hundred milliseconds each. */
function createStory() {
  const history: ChaosEvent[] = []
  let at = 1_000_000
  let id = 0
  const client = { client: 'app-1.1', process: 'app-1' }
  const held = new Map<string, { role: RedisRole; revisions: readonly number[] }>()
  const record = (event: ChaosEvent): void => void history.push(event)
  const story = {
    history,
    wait(ms: number) {
      at += ms
      return story
    },
    up() {
      record({ at, kind: 'run', phase: 'up' })
      return story
    },
    start(hasCacheFile = false) {
      record({ at, ...client, kind: 'client', phase: 'starts', hasCacheFile })
      return story
    },
    settle(revision: number) {
      record({ at, ...client, kind: 'client', phase: 'settled', revision, source: null })
      return story
    },
    change(serial: number, isGood = true) {
      record({ at, kind: 'change', serial, sha256: editionOf(serial, { isGood }).sha256, isGood })
      return story
    },
    /** Is stored as something else than it was sent as. */
    tolerate(serial: number) {
      record({ at, kind: 'change', serial, sha256: 'as sent', isGood: false, isTolerated: true })
      return story
    },
    look(answer: number | string) {
      record({ at, kind: 'look', hub: 'hub-1', path: '/metrics', answer })
      return story
    },
    accept(serial: number) {
      record({ at, kind: 'accepted', serial })
      return story
    },
    /** A server is found to be this, and to have these revisions. Default: those that it had. @param agoMs - Since the look before. */
    find(server: string, role: RedisRole, revisions = held.get(server)?.revisions ?? [], agoMs = 100) {
      held.set(server, { role, revisions })
      record({ at, kind: 'holds', server, role, lookedAt: at - agoMs, revisions })
      return story
    },
    publish(revision: number, serial: number, { isGood = true, server = '1' } = {}) {
      at += 100
      record({ at, kind: 'published', server, revision, sha256: editionOf(serial, { isGood }).sha256 })
      return story
    },
    store(
      revision: number,
      serial: number,
      { isGood = true, isWhole = true, server = '1', agoMs = 100 } = {},
    ) {
      story.publish(revision, serial, { isGood, server })
      const { role, revisions } = held.get(server) ?? { role: 'master', revisions: [] }
      story.find(server, role, [...revisions, revision], agoMs)
      const { sha256 } = editionOf(serial, { isGood })
      record({ at, kind: 'stored', server, revision, sha256, serial })
      const announcedSha256 = isWhole ? sha256 : 'other'
      record({ at, kind: 'current', server, revision, sha256, announcedSha256, isInHistory: true })
      return story
    },
    swap(previousRevision: number, revision: number) {
      at += 100
      record({ at, ...client, kind: 'swap', previousRevision, revision, source: 'redis' })
      return story
    },
    decide(revision: number, decided: ReturnType<typeof decisionsOf>) {
      at += 100
      record({ at, ...client, kind: 'decision', revision, decided })
      return story
    },
    fault(fault: FaultKind, ms: number, target = 'app-1') {
      id += 1
      record({ at, kind: 'fault', id, fault, target, phase: 'begins' })
      at += ms
      record({ at, kind: 'fault', id, fault, target, phase: 'ends' })
      return story
    },
    lose(server: string, ms: number) {
      record({ at, kind: 'loss', server, phase: 'begins' })
      at += ms
      record({ at, kind: 'loss', server, phase: 'ends' })
      return story
    },
    end(how: number | string, ordered?: NodeJS.Signals) {
      record({ at, kind: 'process', process: 'app-1', phase: 'ends', how, ordered })
      return story
    },
    settled(serial: number, isWell: boolean) {
      record({ at, kind: 'settled', serial, isWell })
      return story
    },
    log() {
      record({ at, kind: 'log', process: 'app-1', text: 'listening' })
      return story
    },
    complain(text: string) {
      record({ at, kind: 'complaint', process: 'hub-1', text })
      return story
    },
    judge() {
      record({ at, kind: 'run', phase: 'closing' })
      const { violations, counts } = check(history, 10_000)
      return { counts, found: violations.map(({ invariant, what }) => `${invariant}: ${what}`) }
    },
  }
  return story
}

/** One client that has the first edition. */
function wellBegun() {
  return createStory().change(1).start().store(10, 1).swap(0, 10).decide(10, decisionsOf(1)).settle(10).up()
}

/** A node has the second edition, and then the first one again, as a later revision. */
const fallenBack = () =>
  wellBegun()
    .wait(100)
    .change(2)
    .store(20, 2)
    .swap(10, 20)
    .decide(20, decisionsOf(2))
    .store(30, 1)
    .swap(20, 30)
    .decide(30, decisionsOf(1))

describe('given a history in which all is well', () => {
  it('finds nothing, and counts', () => {
    const { found, counts } = wellBegun()
      .change(2)
      .accept(2)
      .store(20, 2)
      .swap(10, 20)
      .decide(20, decisionsOf(2))
      .fault('redis killed', 1000)
      .change(3)
      .accept(3)
      .store(30, 3)
      .swap(20, 30)
      .decide(30, decisionsOf(3))
      .judge()
    expect(found).toEqual([])
    expect(counts).toMatchObject({
      changes: 3,
      accepted: 2,
      lost: 0,
      publications: 3,
      swaps: 3,
      outOfOrderSwaps: 0,
      decisions: 3,
      wrongDecisions: 0,
      faults: new Map([['redis killed', 1]]),
    })
  })

  it('measures from the end of a fault, and from a change without one, until every node decides by it', () => {
    const { counts } = wellBegun()
      .wait(100)
      .change(2)
      .store(20, 2)
      .swap(10, 20)
      .decide(20, decisionsOf(2))
      .change(3)
      .fault('network cut', 2000)
      .store(30, 3)
      .swap(20, 30)
      .decide(30, decisionsOf(3))
      .judge()
    expect(counts.propagationMs).toEqual([300])
    expect(counts.convergenceMs).toEqual([300])
  })
})

describe('given a node', () => {
  it('[invariant 2] finds one that goes backward, or that has skipped what it says it had', () => {
    expect(wellBegun().swap(10, 9).judge().found).toEqual([
      '2: app-1.1 went from revision 10 to 9',
      '4: revision 9 was never stored, but app-1.1 had it',
    ])
    expect(wellBegun().store(20, 1).swap(15, 20).judge().counts.outOfOrderSwaps).toBe(1)
    expect(wellBegun().decide(9, decisionsOf(1)).judge().found).toEqual([
      '2: app-1.1 went from revision 10 to 9',
    ])
  })

  it('[invariant 2] a process that starts anew may begin lower', () => {
    expect(
      wellBegun().end('SIGKILL', 'SIGKILL').start().settle(0).decide(0, undecided).judge().found,
    ).toEqual([])
  })

  it('[invariant 6] finds a decision that is not of the settings-file of its revision, in whole or in part', () => {
    const wrong = wellBegun().decide(10, decisionsOf(2)).judge()
    expect(wrong.found).toEqual([expect.stringMatching(/^6: app-1\.1 at revision 10 decided .*"serial":2/)])
    expect(wrong.counts.wrongDecisions).toBe(1)
    const mixed = { ...decisionsOf(1), variation: decisionsOf(2).variation }
    expect(wellBegun().decide(10, mixed).judge().counts.wrongDecisions).toBe(1)
    expect(wellBegun().decide(10, undecided).judge().counts.wrongDecisions).toBe(1)
  })

  it('[invariant 6] compares nodes with each other where the store was not seen', () => {
    const { found } = wellBegun()
      .change(2)
      .lose('1', 0)
      .swap(10, 20)
      .decide(20, decisionsOf(2))
      .decide(20, decisionsOf(1))
      .judge()
    expect(found).toEqual([expect.stringMatching(/^6: app-1\.1 at revision 20/)])
  })

  it('[invariant 10] finds one that has a cache file and starts with nothing', () => {
    const { found } = wellBegun().end('SIGKILL', 'SIGKILL').start(true).settle(0).judge()
    expect(found).toEqual(['10: app-1.1 started with a cache file, and had nothing to decide with'])
  })

  it('[invariant 7] finds a promise that does not settle', () => {
    const story = createStory().change(1).start().decide(0, undecided)
    for (let count = 0; count < 4; count += 1) story.wait(3500).decide(0, undecided)
    expect(story.judge().found).toContain('7: app-1.1: ready() has not settled')
  })

  it('[invariant 10] finds one that stops deciding, unless it was frozen', () => {
    const silent = wellBegun().wait(6000).decide(10, decisionsOf(1)).judge()
    expect(silent.found).toEqual(['10: app-1.1 said nothing for 6100 ms'])
    const frozen = wellBegun().fault('app frozen', 6000).decide(10, decisionsOf(1)).judge()
    expect(frozen.found).toEqual([])
    const other = wellBegun().fault('app frozen', 6000, 'app-2').decide(10, decisionsOf(1)).judge()
    expect(other.found).toEqual(['10: app-1.1 said nothing for 6100 ms'])
  })

  it('[invariant 10] finds one that stops deciding for good, frozen before or not', () => {
    expect(wellBegun().wait(6000).judge().found).toEqual(['10: app-1.1 said nothing for 6000 ms'])
    expect(wellBegun().wait(6000).end('SIGKILL', 'SIGKILL').judge().found).toHaveLength(1)
    expect(wellBegun().fault('app frozen', 2000).wait(6000).judge().found).toEqual([
      '10: app-1.1 said nothing for 6000 ms',
    ])
  })

  it('[invariant 10] does not wait for one whose process has ended', () => {
    expect(wellBegun().wait(4000).judge().found).toEqual([])
    expect(wellBegun().end('SIGKILL', 'SIGKILL').wait(60_000).judge().found).toEqual([])
    const again = wellBegun().end('SIGKILL', 'SIGKILL').fault('app killed', 60_000).start().wait(6000).judge()
    expect(again.found).toEqual(['10: app-1.1 said nothing for 6000 ms'])
  })

  it('[invariant 2] finds one that goes back to an older settings-file, though its revision rises', () => {
    const { found } = fallenBack().change(3).store(40, 3).swap(30, 40).decide(40, decisionsOf(3)).judge()
    expect(found).toEqual([
      '1: edition 1 was stored as revision 30, after edition 2 as 20',
      '2: app-1.1 went from edition 2 to 1, at revision 30',
    ])
  })
})

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

describe('given webhooks', () => {
  it('[invariant 1] finds an accepted one that nothing came of', () => {
    const { found, counts } = wellBegun()
      .change(2)
      .accept(2)
      .wait(4000)
      .decide(10, decisionsOf(1))
      .wait(4000)
      .decide(10, decisionsOf(1))
      .wait(4000)
      .judge()
    expect(counts.lost).toBe(1)
    expect(found).toContain('1: the accepted webhook of edition 2 was lost')
  })

  it('[invariant 1] takes any later settings-file for the answer, and a refused candidate for one', () => {
    const { counts } = wellBegun()
      .change(2)
      .accept(2)
      .change(3)
      .accept(3)
      .store(20, 3)
      .swap(10, 20)
      .decide(20, decisionsOf(3))
      .change(4, false)
      .accept(4)
      .wait(12_000)
      .judge()
    expect(counts).toMatchObject({ accepted: 3, lost: 0 })
  })

  it('[invariant 5] finds that it takes too long after the end of a fault, and says which', () => {
    const { found } = wellBegun()
      .change(2)
      .fault('redis frozen', 1000, 'Redis 1')
      .wait(11_000)
      .store(20, 2)
      .swap(10, 20)
      .decide(20, decisionsOf(2))
      .judge()
    expect(found).toContain(
      '5: after redis frozen (Redis 1), edition 2 was not everywhere within 10000 ms: app-1.1 had 1',
    )
  })

  it('[invariant 5] finds a node that has the newest one and falls back', () => {
    const story = fallenBack()
    for (let count = 0; count < 4; count += 1) story.wait(3000).decide(30, decisionsOf(1))
    expect(story.judge().found).toContain(
      '5: while all was well, edition 2 was not everywhere within 10000 ms: app-1.1 had 1',
    )
  })

  it('[invariant 5] finds that somebody has waited in vain, for whatever reason', () => {
    expect(wellBegun().settled(1, false).judge().found).toEqual([
      '5: waited in vain for all to be well again, with edition 1',
    ])
    expect(wellBegun().settled(1, true).judge().found).toEqual([])
  })

  it('[invariant 5] finds a hub that does not say how all is, when all is well', () => {
    expect(wellBegun().look(503).judge().found).toEqual([
      '5: hub-1, asked for /metrics when all was well: expected 200, got 503',
    ])
    expect(wellBegun().look(200).judge().found).toEqual([])
  })

  it('[invariant 5] does not judge a time without faults that was too short to tell', () => {
    const { found } = wellBegun()
      .change(2)
      .fault('redis frozen', 1000)
      .wait(3000)
      .decide(10, decisionsOf(1))
      .fault('hub killed', 2000)
      .decide(10, decisionsOf(1))
      .judge()
    expect(found).toEqual([])
  })
})

describe('given processes', () => {
  it('[invariant 7] finds one that ends by itself, or not in order', () => {
    expect(wellBegun().end(1).judge().found).toEqual(['7: app-1 ended by itself: 1'])
    expect(wellBegun().end('SIGKILL', 'SIGTERM').judge().found).toEqual([
      '7: app-1 was to end in order, but: SIGKILL',
    ])
    expect(wellBegun().log().end('SIGTERM', 'SIGTERM').judge().found).toHaveLength(1)
    expect(wellBegun().end('SIGTERM', 'SIGTERM').judge().found).toEqual([])
    expect(wellBegun().end(0, 'SIGTERM').judge().found).toEqual([])
    expect(wellBegun().end('SIGKILL', 'SIGKILL').judge().found).toEqual([])
  })

  it('[invariant 7] finds what a process complains about', () => {
    expect(wellBegun().complain('unhandledRejection').judge().found).toEqual([
      '7: hub-1 complained: unhandledRejection',
    ])
  })
})
