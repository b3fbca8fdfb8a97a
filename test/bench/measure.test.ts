import { describe, expect, it } from 'vitest'
import { isMet } from './support/figure.ts'
import { exponentOf, lastSlopeOf } from './support/growth.ts'
import { inTurns, spreadOf } from './support/measure.ts'

describe('the spread of a series', () => {
  it('is found in samples of any order', () => {
    const samples = Array.from({ length: 1000 }, (_, index) => ((index * 37) % 1000) + 1)
    expect(spreadOf(samples)).toEqual({ count: 1000, min: 1, p50: 501, p99: 991, p999: 1000, max: 1000 })
  })

  it('is one and the same number for a single sample', () => {
    expect(spreadOf([7])).toEqual({ count: 1, min: 7, p50: 7, p99: 7, p999: 7, max: 7 })
  })
})

describe('figure and floor', () => {
  it('are measured in turns, each first every other time, and the warm-up is left out', async () => {
    const order: string[] = []
    let turn = 0
    const measure = (what: string) => () => {
      order.push(what)
      return (turn += 1)
    }
    const pair = await inTurns(measure('figure'), measure('floor'), { rounds: 2, warmUp: 1 })
    expect(order).toEqual(['floor', 'figure', 'figure', 'floor', 'floor', 'figure'])
    expect(pair.figure).toMatchObject({ count: 2, min: 3, max: 6 })
    expect(pair.floor).toMatchObject({ count: 2, min: 4, max: 5 })
  })
})

describe('the exponent of a growth', () => {
  const grown = (exponent: number) => [1, 10, 100, 1000].map((x) => ({ x, y: 3 * x ** exponent }))

  it('is 1 for linear growth and 2 for quadratic growth', () => {
    expect(exponentOf(grown(1))).toBeCloseTo(1)
    expect(exponentOf(grown(2))).toBeCloseTo(2)
  })

  it('is seen in the last step where a fixed cost hides it in the whole', () => {
    const points = grown(2).map(({ x, y }) => ({ x, y: y + 100_000 }))
    expect(exponentOf(points)).toBeLessThan(1.1)
    expect(lastSlopeOf(points)).toBeGreaterThan(1.3)
  })
})

describe('a goal', () => {
  it.each([
    [{ atMost: 1.5 }, 1.5, true],
    [{ atMost: 1.5 }, 1.51, false],
    [{ atLeast: 0.6 }, 0.6, true],
    [{ atLeast: 0.6 }, 0.59, false],
    [{ atMost: 1.5 }, NaN, false],
  ])('of %j is held against %d: %s', (goal, value, isGood) => {
    expect(isMet({ goal, value })).toBe(isGood)
  })
})
