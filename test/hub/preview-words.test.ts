import { describe, expect, it } from 'vitest'
import type { UnitPreview } from '../../packages/hub/dist/product/preview/preview.js'
import {
  movesInWords,
  previewInOneLine,
  unitInWords,
} from '../../packages/hub/dist/product/preview/moves-in-words.js'

describe('the words of a preview', () => {
  const moves = (enter: number, leave = 0, change = 0) =>
    ({ fits: 'all', users: 10_000, enter, leave, change, flows: [] }) as const
  const campaign = (name: string, ...populations: UnitPreview['populations']) =>
    ({ unit: name, kind: 'changed', populations, unknown: [] }) as const

  it('have the shares of all users', () => {
    const words = (...counts: Parameters<typeof moves>) =>
      movesInWords(moves(...counts), campaign('a', moves(...counts)))
    expect(words(600, 0, 610)).toBe('12.1 % of users move: 6.0 % enter, 0 % leave, 6.1 % get something else')
    expect(words(0, 3)).toBe('< 0.1 % of users move: 0 % enter, < 0.1 % leave, 0 % get something else')
    expect(words(0)).toBe('none of users move')
  })

  it('tell kinds of users apart, and what is not known', () => {
    const left = { ...moves(0, 10_000), fits: 'before', flows: [{ from: 'Control', users: 10_000 }] } as const
    const both = { ...moves(0), fits: 'both' } as const
    expect(unitInWords({ ...campaign('a', left, both), unknown: ['after'] })).toEqual({
      moving: [
        {
          text: 'of users who fit its segment only before 100.0 % move: 0 % enter, 100.0 % leave, 0 % get something else',
          flows: ['Control → nothing 100.0 %'],
        },
      ],
      still: 'none of 10000 users who fit its segment before and now moves',
      unknown: 'whether users who fit its segment only now move is not known: none could be made',
    })
    expect(previewInOneLine({ noun: 'campaign', users: 10_000, units: [campaign('a', left, both)] })).toBe(
      '100 % of users of a who fit its segment only before move',
    )
  })

  it('fit into one line, without the campaigns that are new or gone', () => {
    const moving = ['a', 'b', 'c', 'd', '\u001B[31me'].map((name, index) =>
      campaign(name, moves(1200 - index * 100)),
    )
    const added = { ...campaign('new', moves(10_000)), kind: 'added' } as const
    expect(previewInOneLine({ noun: 'campaign', users: 10_000, units: [added, ...moving] })).toBe(
      '12 % of users of a move, 11 % of b, 10 % of c, and of 2 more',
    )
    expect(previewInOneLine({ noun: 'campaign', users: 10_000, units: moving.slice(4) })).not.toContain(
      '\u001B',
    )
    expect(previewInOneLine({ noun: 'campaign', users: 10_000, units: [added] })).toBeUndefined()
  })
})
