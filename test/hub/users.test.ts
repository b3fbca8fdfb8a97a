import { describe, expect, it } from 'vitest'
import { readUsers } from '../../packages/hub/dist/product/users.js'

describe('users', () => {
  it('are ids or objects, one a line', () => {
    expect(readUsers('ann\r\n\n{"user":"bob","customVariables":{"plan":"gold"}}\n')).toEqual([
      { id: 'ann' },
      { id: 'bob', customVariables: { plan: 'gold' } },
    ])
  })

  it.each([
    ['', /expected 1 to 1000000, one a line, got 0/],
    ['ann\n{"id":"bob"}', /line 2: expected an id, or \{"user"/],
    ['{"user":', /line 1/],
  ])('are refused: %j', (lines, message) => {
    expect(() => readUsers(lines)).toThrow(message)
  })
})
