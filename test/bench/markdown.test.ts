import { describe, expect, it } from 'vitest'
import { ratioRow, type Row } from './support/figure.ts'
import { spreadOf } from './support/measure.ts'
import { markdownOf, withResults } from './support/markdown.ts'

const row = (name: string, ratio: number, goal?: number): Row =>
  ratioRow(
    { row: name, floorIs: 'the floor', unit: 'ms', ...(goal !== undefined && { goal: { atMost: goal } }) },
    { figure: spreadOf([ratio * 2, ratio * 2]), floor: spreadOf([2, 2]) },
  )

const results = (rows: readonly Row[]) =>
  markdownOf({
    measuredAt: '2026-01-02T03:04:05.000Z',
    machine: '2 cores',
    versions: { Node: '20.0.0' },
    rows,
    series: [],
  })

describe('the results as Markdown', () => {
  it('say on what they were measured, and how many goals are met; context has none', () => {
    const text = results([row('good', 1.2, 1.5), row('bad', 1.6, 1.5), row('context', 9)])
    expect(text).toContain('Measured on 2026-01-02: 2 cores; Node 20.0.0. 1 of 2 goals met.')
  })

  it('have a line for each row, with what is held against the goal', () => {
    const lines = results([row('good', 1.2, 1.5), row('bad', 1.6, 1.5), row('context', 9)]).split('\n')
    expect(lines).toContain(
      '| good | 2.40 ms (p99 2.40) | 2.00 ms (p99 2.00): the floor | 1.20 x | ≤ 1.5 x | met |',
    )
    expect(lines).toContain(
      '| bad | 3.20 ms (p99 3.20) | 2.00 ms (p99 2.00): the floor | 1.60 x | ≤ 1.5 x | **NOT MET** |',
    )
    expect(lines).toContain(
      '| context | 18.0 ms (p99 18.0) | 2.00 ms (p99 2.00): the floor | 9.00 x |  | context |',
    )
  })

  it('tell the parts of those that have any', () => {
    const text = results([{ ...row('whole', 1), parts: { first: 1.5, second: 0.5 } }])
    expect(text).toContain('- whole: first 1.50 ms, second 0.500 ms')
  })
})

describe('a document with results', () => {
  const document = (inside: string): string =>
    `# Title\n\n<!-- results: written by npm run bench -- --markdown -->${inside}<!-- end of results -->\n\nafter\n`

  it('gets the new ones in the place of the old ones, and stays as it is around them', () => {
    const first = withResults(document('\n'), 'old')
    expect(withResults(first, 'new')).toBe(document('\n\nnew\n\n'))
  })

  it('is refused when it has no place for them', () => {
    expect(() => withResults('# Title\n', 'new')).toThrow(/expected the lines/)
  })
})
