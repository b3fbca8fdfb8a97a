import { describe, expect, it } from 'vitest'
import { decisionsOf, undecided } from './settings.ts'
import { createStory, fallenBack, wellBegun } from './story.ts'

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
