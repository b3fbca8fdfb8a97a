import { describe, expect, it } from 'vitest'
import { resolveRevision } from '../../packages/hub/dist/operate/revision-name.js'

// A zone far from UTC, so that a time that is read in the wrong one shows.
process.env['TZ'] = 'Asia/Tokyo'

const at = (text: string): number => new Date(text).getTime()
// Local times, as a person at this clock means them.
const newest = at('2025-11-23T14:10:30.250')
const middle = at('2025-11-23T08:00:00')
const oldest = at('2025-11-22T23:00:00')
const revisions = [newest, middle, oldest]
const now = new Date('2025-11-23T15:00:00')

describe('a revision', () => {
  it.each<[name: string, revision: number]>([
    ['latest', newest],
    ['~0', newest],
    ['previous', middle],
    ['~1', middle],
    ['~2', oldest],
    [String(middle), middle],
    ['14:10', middle],
    ['14:11', newest],
    ['14:10:30', newest],
    ['14:10:29', middle],
    ['2025-11-23 14:10:30', newest],
    ['2025-11-23T14:10:30.250', newest],
    ['2025-11-23T14:10:30.249', middle],
    ['2025-11-23T14:10:29+09:00', middle],
    ['2025-11-23 14:10:29 +09:00', middle],
    ['2025-11-23 14:10:30 +09:00', newest],
    ['3:30', oldest],
    ['23:30', oldest],
    ['2025-11-23T14:05', middle],
    ['2025-11-23 14:05', middle],
    ['2025-11-23', oldest],
    ['2025-11-22T22:59Z', oldest],
    ['2025-11-22T23:00Z', middle],
    ['2025-11-24', newest],
    [new Date(middle).toISOString(), middle],
    [' latest ', newest],
  ])('can be named "%s"', (name, revision) => {
    expect(resolveRevision(name, revisions, { environment: 'prod', now })).toBe(revision)
  })

  it('of the second that has not ended yet can be named by it', () => {
    const moment = new Date('2025-11-23T14:10:30.700')
    expect(resolveRevision('14:10:30', revisions, { environment: 'prod', now: moment })).toBe(newest)
  })

  it.each([
    '~3',
    'newest',
    '',
    '24:00',
    '14:60',
    String(newest + 1),
    '2025-11-21',
    '22:00',
    '2025-13-40',
    '-1',
    '1e3',
  ])('cannot be named "%s", and the error says which are kept', (name) => {
    const oldestText = new Date(oldest).toISOString()
    expect(() => resolveRevision(name, revisions, { environment: 'prod', now })).toThrow(
      expect.objectContaining({
        code: 'not-found',
        message:
          `Cannot find revision "${name}": expected a number, "latest", "previous", "~2", or a time such as "14:05" ` +
          `or "2025-11-23T14:05", within the 3 kept since ${oldestText} (revision ${oldest}). See "vwo-hub history prod".`,
      }),
    )
  })

  it('cannot be named before there is one', () => {
    expect(() => resolveRevision('latest', [], { environment: 'prod', now })).toThrow(
      'Cannot find revision "latest": nothing has been published for "prod" yet. ' +
        'Are the name of the environment and HUB_PREFIX right?',
    )
  })
})
