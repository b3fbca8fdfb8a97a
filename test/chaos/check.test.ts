import { describe, expect, it } from 'vitest'
import { decisionsOf } from './settings.ts'
import { fallenBack, wellBegun } from './story.ts'

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
