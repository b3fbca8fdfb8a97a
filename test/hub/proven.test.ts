import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { createProven } from '../../packages/hub/dist/product/fullstack/judge/proven.js'
import { HubError } from '../../packages/hub/dist/errors.js'
import { openChecker } from '../support/checker.ts'
import { replaceAt } from '../support/replace-at.ts'
import { settingsPairs } from '../support/settings-arbitrary.ts'
import { abTest, featureTest, settingsFile, variation } from '../support/settings-file.ts'

const checker = openChecker({ maxBytes: 2_097_152 })
afterAll(() => checker.close())

/** What a check comes to: nothing, or why it is refused. */
async function verdictOn(text: string): Promise<string | undefined> {
  try {
    await checker.check(text, { environment: 'prod' })
    return undefined
  } catch (error) {
    if (error instanceof HubError && error.code === 'settings-refused') return error.message
    throw error
  }
}

let serial = 0
/** The same as a file of which nothing is proven: another name at its root is another context for every campaign. */
const asUnknown = (file: object): string => JSON.stringify({ ...file, unheardOf: (serial += 1) })

const file = (...campaigns: object[]) => ({ ...settingsFile(), campaigns })
const inNobody = { or: [{ custom_variable: { country: 'wildcard' } }] }

describe('[invariant 3] a file of which a part is proven', () => {
  it('is accepted or refused, with the same words and place, as one of which nothing is', async () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom<unknown>(null, [], {}, '', 0, -1, 'x', [null], { or: null }),
    )
    const outcomes = { accepted: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(
        settingsPairs,
        fc.option(fc.tuple(fc.nat(), anything)),
        fc.boolean(),
        async ([before, after], damage, isEdit) => {
          await verdictOn(JSON.stringify(before))
          // An edit of the same file, or another file which shares some campaigns with it.
          const next = structuredClone(isEdit ? before : after) as object
          if (damage !== null) replaceAt(next, ...damage)
          const verdict = await verdictOn(JSON.stringify(next))
          expect(verdict).toBe(await verdictOn(asUnknown(next)))
          outcomes[verdict === undefined ? 'accepted' : 'refused'] += 1
        },
      ),
      { numRuns: 300 },
    )
    expect(outcomes.accepted).toBeGreaterThan(50)
    expect(outcomes.refused).toBeGreaterThan(50)
  })

  it('is refused with the place in the whole file, by the schema and by the SDK', async () => {
    const good = [abTest('a'), abTest('b'), abTest('c')]
    expect(await verdictOn(JSON.stringify(file(...good)))).toBeUndefined()
    const broken = abTest('broken', { percentTraffic: '50' as unknown as number })
    expect(await verdictOn(JSON.stringify(file(...good, broken)))).toContain(
      'campaigns[3].percentTraffic: expected a number, got a string',
    )
    const throwing = abTest('throwing', { segments: { or: null } })
    expect(await verdictOn(JSON.stringify(file(...good, throwing)))).toContain('campaigns[3]')
  })

  it('is refused for a number that as text looks like what was proven', async () => {
    const withValue = (value: string): string =>
      JSON.stringify(file(abTest('a', { extra: 'VALUE' } as object))).replace('"VALUE"', value)
    expect(await verdictOn(withValue('null'))).toBeUndefined()
    expect(await verdictOn(withValue('1e999'))).toContain('campaigns[0].extra: expected a finite number')
  })
})

describe('what is tried', () => {
  /** Keys of the campaigns that would be tried; undefined when nothing would be. */
  function setUp() {
    const proven = createProven()
    return (next: object): string[] | undefined => {
      const untried = proven.untriedIn(next)
      untried?.confirm()
      return (untried?.file as { campaigns: { key: string }[] } | undefined)?.campaigns.map(({ key }) => key)
    }
  }

  it('is a new or changed campaign, and nothing when none is', () => {
    const tried = setUp()
    expect(tried(file(abTest('a'), abTest('b')))).toEqual(['a', 'b'])
    expect(tried(file(abTest('a'), abTest('b')))).toBeUndefined()
    expect(tried(file(abTest('b'), abTest('a')))).toBeUndefined()
    expect(tried(file(abTest('a'), abTest('b', { percentTraffic: 7 }), featureTest('c')))).toEqual(['b', 'c'])
    expect(tried(file(abTest('a')))).toBeUndefined()
  })

  it('is everything under another flag, and the root alone where there is no campaign', () => {
    const tried = setUp()
    expect(tried(file())).toEqual([])
    expect(tried(file())).toBeUndefined()
    expect(tried(file(abTest('a')))).toEqual(['a'])
    expect(tried({ ...file(abTest('a')), isNB: true })).toEqual(['a'])
  })

  it('is a whole group when one of its campaigns is another than before', () => {
    const tried = setUp()
    const grouped = (...campaigns: object[]) => ({
      ...file(...campaigns),
      campaignGroups: { 1: 5, 2: 5 },
      groups: { 5: { name: 'five', campaigns: [1, 2, 3] } },
    })
    const at = (key: string, id: number, percentTraffic = 100) => abTest(key, { id, percentTraffic })
    expect(tried(grouped(at('a', 1), at('b', 2), at('c', 3), at('d', 4)))).toEqual(['a', 'b', 'c', 'd'])
    expect(tried(grouped(at('a', 1), at('b', 2), at('c', 3), at('d', 4)))).toBeUndefined()
    expect(tried(grouped(at('a', 1), at('b', 2, 7), at('c', 3), at('d', 4)))).toEqual(['a', 'b', 'c'])
    expect(tried(grouped(at('a', 1), at('b', 2, 7), at('c', 3), at('d', 4, 7)))).toEqual(['d'])
    // The third is in it by the word of the group alone.
    expect(tried(grouped(at('a', 1), at('b', 2, 7), at('d', 4, 7)))).toEqual(['a', 'b'])
  })

  it('is a campaign that stood behind another one of its key, once it is the first', () => {
    const tried = setUp()
    const shadowed = abTest('a', { id: 2, segments: inNobody, variations: [variation(1, 'Control', 100)] })
    expect(tried(file(abTest('a'), shadowed))).toEqual(['a', 'a'])
    // Behind the first it is never decided for, so it is tried in no other way.
    expect(tried(file(abTest('a'), shadowed))).toEqual(['a', 'a'])
    expect(tried(file(shadowed))).toEqual(['a'])
    expect(tried(file(shadowed))).toBeUndefined()
  })

  it('is handed on as it is, where it is no settings-file at all', () => {
    const proven = createProven()
    for (const value of [null, 7, 'x', [], {}, { campaigns: {} }]) {
      expect(proven.untriedIn(value)?.file).toBe(value)
    }
  })
})
