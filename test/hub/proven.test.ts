import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { HubError } from '../../packages/hub/dist/errors.js'
import type { Warnings } from '../../packages/hub/dist/product/product.js'
import { file } from '../support/check-as-hub.ts'
import { openChecker } from '../support/checker.ts'
import { replaceAt } from '../support/replace-at.ts'
import { runs } from '../support/runs.ts'
import { settingsPairs } from '../support/settings-arbitrary.ts'
import { abTest, featureTest } from '../support/settings-file.ts'

const checker = openChecker()
afterAll(() => checker.close())

/** What a check comes to: why it is refused, or what is wrong with it all the same. */
async function verdictOn(text: string): Promise<{ refused: string } | { warnings: Warnings }> {
  try {
    const { warnings } = await checker.check(text, { environment: 'prod' })
    return { warnings }
  } catch (error) {
    if (error instanceof HubError && error.code === 'settings-refused') return { refused: error.message }
    throw error
  }
}

const nothing = { warnings: { count: 0, told: [] } }
const refused = (why: string) => ({ refused: expect.stringContaining(why) as string })

let serial = 0
/** The same as a file of which nothing is proven: another name at its root is another context for every campaign. */
const asUnknown = (settings: object): string => JSON.stringify({ ...settings, unheardOf: (serial += 1) })

describe('[invariant 3] a file of which a part is proven', () => {
  it('is accepted or refused, with the same words, place and warnings, as one of which nothing is', async () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom<unknown>(null, [], {}, '', 0, -1, 'x', [null], { or: null }),
    )
    const outcomes = { accepted: 0, warned: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(
        settingsPairs,
        fc.option(fc.tuple(fc.nat(), anything)),
        fc.boolean(),
        fc.nat(),
        async ([before, after], damage, isEdit, version) => {
          await verdictOn(JSON.stringify(before))
          // An edit of the same file, or another file which shares some campaigns with it; VWO raises the version.
          const next = { ...structuredClone(isEdit ? before : after), version }
          if (damage !== null) replaceAt(next, ...damage)
          const verdict = await verdictOn(JSON.stringify(next))
          expect(verdict).toEqual(await verdictOn(asUnknown(next)))
          if ('refused' in verdict) outcomes.refused += 1
          else outcomes[verdict.warnings.count > 0 ? 'warned' : 'accepted'] += 1
        },
      ),
      { numRuns: runs(300) },
    )
    expect(outcomes.accepted).toBeGreaterThan(runs(6))
    expect(outcomes.warned).toBeGreaterThan(runs(6))
    expect(outcomes.refused).toBeGreaterThan(runs(6))
  })

  it('is as one of which nothing is, whichever field of the root is another', async () => {
    const whole = {
      ...file(abTest('a', { id: 1 }), featureTest('b', { id: 2 })),
      campaignGroups: { 1: 7 },
      groups: { 7: { name: 'g', campaigns: [1] } },
      isNB: false,
      isNBv2: false,
      isOB: false,
      isEventArchEnabled: false,
      collectionPrefix: 'eu01',
    }
    const others = [
      undefined,
      null,
      true,
      0,
      -1,
      7,
      '',
      'x',
      '../x',
      [],
      {},
      [null],
      { 1: 9 },
      { 7: null },
      { 7: {} },
    ]
    await verdictOn(JSON.stringify(whole))
    for (const name of Object.keys(whole)) {
      for (const other of others) {
        const next = { ...whole, [name]: other }
        expect([name, other, await verdictOn(JSON.stringify(next))]).toEqual([
          name,
          other,
          await verdictOn(asUnknown(next)),
        ])
      }
    }
  })

  it('is refused with the place in the whole file, by the schema and by the SDK', async () => {
    const good = [abTest('a'), abTest('b'), abTest('c')]
    expect(await verdictOn(JSON.stringify(file(...good)))).toEqual(nothing)
    const broken = abTest('broken', { percentTraffic: '50' as unknown as number })
    expect(await verdictOn(JSON.stringify(file(...good, broken)))).toEqual(
      refused('campaigns[3].percentTraffic: expected a number, got a string'),
    )
    const hanging = abTest('hanging', { segments: { custom_variable: { a: 'regex(^id:(\\w+)*$)' } } })
    expect(await verdictOn(JSON.stringify(file(...good, hanging)))).toEqual(refused('campaigns[3]: '))
  })

  it('is refused for a number that as text looks like what was proven', async () => {
    const withValue = (value: string): string =>
      JSON.stringify(file(abTest('a', { extra: 'VALUE' } as object))).replace('"VALUE"', value)
    expect(await verdictOn(withValue('null'))).toEqual(nothing)
    expect(await verdictOn(withValue('1e999'))).toEqual(
      refused('campaigns[0].extra: expected a finite number'),
    )
  })
})
