import { describe, expect, it } from 'vitest'
import { delayAfter } from '../../packages/hub/dist/flow/pace.js'

describe('after fetches that brought nothing new', () => {
  it('[invariant 9] VWO is asked ever later, and at most once in five seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 50, 10_000].map((count) => delayAfter('unchanged', count))).toEqual([
      250, 500, 1000, 2000, 4000, 5000, 5000, 5000,
    ])
  })

  it('that failed, after half to all of that, by chance', () => {
    expect(delayAfter('failed', 1, () => 0)).toBe(125)
    expect(delayAfter('failed', 50, () => 1)).toBe(5000)
  })

  it('that VWO refused, after up to half a minute: a person has to do something', () => {
    expect(delayAfter('refused', 5, () => 1)).toBe(4000)
    expect(delayAfter('refused', 50, () => 1)).toBe(30_000)
  })
})
