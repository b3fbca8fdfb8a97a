import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { afterAll, describe, expect, it } from 'vitest'
import { fme } from '../../packages/hub/dist/product/fme/fme.js'
import { fullstack } from '../../packages/hub/dist/product/fullstack/fullstack.js'
import type { Accepted, Candidate, Verdict } from '../../packages/hub/dist/product/product.js'
import { edited } from '../support/edited.ts'
import {
  abTest,
  fmeSettings,
  fmeSettingsWithEverything,
  personalise,
  rollout,
} from '../support/fme-settings.ts'

const judging = fme.open()
const strict = fme.open({ isStrict: true })
afterAll(() => Promise.all([judging.close(), strict.close()]))

const judge = async (file: object | string, more: Partial<Candidate> = {}): Promise<Verdict> =>
  await judging.judge({ body: typeof file === 'string' ? file : JSON.stringify(file), ...more })

async function accepted(file: object | string, more: Partial<Candidate> = {}): Promise<Accepted> {
  const verdict = await judge(file, more)
  if (!verdict.ok) throw new Error(verdict.why)
  return verdict
}

const whyNot = async (file: object | string, more: Partial<Candidate> = {}): Promise<string> => {
  const verdict = await judge(file, more)
  return verdict.ok ? 'accepted' : verdict.why
}

const warningsOf = async (file: object): Promise<string[]> =>
  (await accepted(file)).warnings.told.map(({ text }) => text)

/** What the next file changes, in one line. */
async function summaryOf(before: SettingsFile, after: SettingsFile): Promise<string> {
  const { text, sha256, warnings } = await accepted(before)
  return (await accepted(after, { previous: { text, sha256, warnings } })).summary
}

const everything = fmeSettingsWithEverything()

describe('[invariant 3] a settings-file of FME', () => {
  it('that uses each field is taken, as it was sent', async () => {
    const sent = `${JSON.stringify(everything)}\n`
    const { text, units, accountId, warnings, summary } = await accepted(sent)
    expect(String(text)).toBe(sent)
    expect({ units, accountId, warnings, summary }).toEqual({
      units: 4,
      accountId: '123456',
      warnings: { count: 0, told: [] },
      summary: 'first settings: 4 features',
    })
  })

  it('as PHP sends it, with empty objects for lists and the other way round, is taken', async () => {
    const file = fmeSettings([{ key: 'a' }])
    const sent = edited(edited(file, 'campaigns.0.segments', []), 'features.0.metrics', {})
    expect(await warningsOf(edited(sent, 'campaigns.0.variations.0.segments', []))).toEqual([])
    expect(await whyNot('{"version":1,"accountId":123456,"features":{},"campaigns":{}}')).toBe('accepted')
  })

  it.each([
    ['rollout', rollout],
    ['personalisation', personalise],
  ])('with two operators in one place of the segment of a %s is taken', async (_kind, rule) => {
    const both = { not: { or: [{ user: 'anna' }] }, and: [{ custom_variable: { browser: 'safari' } }] }
    const file = fmeSettings([{ key: 'a', rules: [rule({ segments: { and: [both] } })] }])
    expect(await warningsOf(file)).toEqual([])
  })

  it.each([
    ['no features', 'features', undefined, 'features: expected an array, got nothing'],
    ['no campaigns', 'campaigns', undefined, 'campaigns: expected an array, got nothing'],
    ['an object for a list', 'features', { a: 1 }, 'features: expected an array, got an object'],
    ['the variation id 0', 'campaigns.1.variations.0.id', 0, 'expected an id other than 0'],
    ['an empty variation id', 'campaigns.1.variations.0.id', '', 'expected an id other than 0'],
    [
      'null in whitelisting',
      'campaigns.1.variations.1.segments.or',
      [null],
      'expected an object with an operator',
    ],
    ['no list in whitelisting', 'campaigns.1.variations.1.segments.or', null, 'expected an array'],
    ['a number for whitelisted users', 'campaigns.1.variations.1.segments.or.0.user', 5, 'expected a string'],
    ['no variations', 'campaigns.1.variations', [], 'variations: expected at least one'],
    ['a poll each 20 ms', 'pollInterval', 20, 'pollInterval: expected 1000 to'],
    ['events that lead elsewhere', 'collectionPrefix', '../x', 'collectionPrefix: expected'],
    ['a name that takes the place of another', 'c', [], 'c: expected no such name'],
    ['another account', 'accountId', 7, 'accountId: expected 123456, got 7'],
  ])('is refused for %s, which harms apps', async (_what, place, value, why) => {
    expect(await whyNot(edited(everything, place, value), { owner: { accountId: '123456' } })).toContain(why)
  })

  it('is refused for a regular expression without end, whichever the operator', async () => {
    for (const segment of [
      { custom_variable: { a: 'regex((a+)+$)' } },
      { ua: 'regex((a+)+$)' },
      // Taken out before it is used.
      { ip_address: 'regex((1"+)"+$)' },
      // Of these the SDK makes expressions, too.
      { device: ['phone', 'WILDCARD((a+)+$)'] },
      { browser_string: 'wildcard(********************!)' },
    ]) {
      const file = fmeSettings([{ key: 'a', rules: [rollout(), abTest({ segments: { or: [segment] } })] }])
      expect(await whyNot(file)).toContain('features[0]: expected regular expressions that come to an end')
    }
  })

  it('is refused for a rollout in a group, which the SDK decides without end', async () => {
    const grouped = edited(edited(everything, 'groups.1.campaigns', ['11', '22']), 'campaignGroups.11', 1)
    expect(await whyNot(grouped)).toBe(
      'campaignGroups["11"]: expected a test or a personalisation, got a rollout, which the SDK decides without end when it is in a group',
    )
  })

  it('is told of for a rollout whose group is not there, by which also the features of its other groups are off', async () => {
    const file = fmeSettings([{ key: 'a', rules: [rollout(), abTest()] }, { key: 'b' }], {
      groups: { '1': { name: 'both', campaigns: ['12', '21'] } },
      campaignGroups: { '12': 1 },
    })
    expect(await warningsOf(file)).toEqual([])
    for (const lost of ['11', '21']) {
      const before = await accepted(file)
      const { warnings, ending } = await accepted(edited(file, `campaignGroups.${lost}`, 9), {
        previous: { text: before.text, sha256: before.sha256, warnings: before.warnings },
      })
      const [of, other] = lost === '11' ? ['a', 'b'] : ['b', 'a']
      expect(warnings.told.map(({ text }) => text)).toEqual([
        `${of} (campaignGroups["${lost}"]): expected the id of a group in "groups", got 9`,
        `${other} (groups["1"]): expected rollouts that are in no group, got that of ${of}`,
      ])
      // What decides for nobody any more has ended.
      expect(ending).toMatchObject({ count: 1, named: [of] })
    }
    const alone = edited(edited(file, 'groups', undefined), 'campaignGroups', { 11: 9 })
    expect(await warningsOf(alone)).toHaveLength(1)
  })

  it('is told of, and taken, for what the SDK survives; under HUB_STRICT it is refused', async () => {
    const lost = edited(everything, 'campaignGroups.22', 9)
    expect(await warningsOf(lost)).toEqual([
      'search (campaignGroups["22"]): expected the id of a group in "groups", got 9',
    ])
    expect(await strict.judge({ body: JSON.stringify(lost) })).toMatchObject({ ok: false })

    const broken = fmeSettings([
      { key: 'a', rules: [abTest({ segments: { or: [{ custom_variable: 5 }] } as never })] },
    ])
    expect((await accepted(broken)).warnings.told).toMatchObject([
      { kind: 'undecided', unit: 'a', place: 'rules[0]', why: expect.stringContaining('cannot decide') },
    ])

    const shares = fmeSettings([
      { key: 'a', rules: [rollout({ weight: 130 }), abTest({ percentTraffic: -1 })] },
      { key: 'a' },
    ])
    expect(await warningsOf(shares)).toEqual([
      'a (rules[0].variations[0].weight): expected a number from 0 to 100, got 130',
      'a (rules[1].percentTraffic): expected a number from 0 to 100, got -1',
      'a (key): expected another one than that of features[0], which is decided by alone',
    ])
  })

  it('is tried anew where it has changed, and nowhere else', async () => {
    const many = fmeSettings(
      Array.from({ length: 8 }, (_, index) => ({ key: `f${index}`, rules: [abTest()] })),
    )
    const before = await accepted(many)
    const bad = edited(many, 'campaigns.7.segments', { or: [{ user: 7 }] })
    const after = await accepted(bad, { previous: { text: before.text, sha256: before.sha256 } })
    expect(after.warnings.told).toMatchObject([{ unit: 'f7', kind: 'undecided' }])
    // What something was told about is told again.
    expect((await accepted(edited(bad, 'version', 3))).warnings.told).toMatchObject([{ unit: 'f7' }])
  })
})

describe('what would end, of FME,', () => {
  const many = (count: number) =>
    fmeSettings(Array.from({ length: count }, (_, index) => ({ key: `f${index}` })))
  const ending = async (after: object) => {
    const { text, sha256 } = await accepted(many(8))
    return (await accepted(after, { previous: { text, sha256 } })).ending
  }

  it('are features that are gone', async () => {
    const named = ['f2', 'f3', 'f4', 'f5', 'f6', 'f7']
    expect(await ending(many(2))).toEqual({ count: 6, running: 8, named })
    expect(await ending(many(5))).toMatchObject({ count: 3, running: 8 })
  })

  it('are features that have lost all that their rules point to', async () => {
    const after = { ...many(8), campaigns: many(8).campaigns.slice(0, 1) }
    expect(await ending(after)).toMatchObject({ count: 7, running: 8 })
  })

  it('goes by the first of two features of one key, which is the one that decides', async () => {
    const twice = many(8)
    const empty = twice.features.map((each) => ({ ...each, rules: [] }))
    expect(await ending({ ...twice, features: [...empty, ...twice.features] })).toMatchObject({ count: 8 })
    expect(await ending({ ...twice, features: [...twice.features, ...empty] })).toMatchObject({ count: 0 })
  })

  it('is told of a feature whose rules are of no type that decides', async () => {
    const other = edited(many(8), 'campaigns.3.type', 'FLAG_OTHER')
    expect(await ending(other)).toMatchObject({ count: 1, named: ['f3'] })
  })

  it('is not told by the status of a feature, by which nothing is decided', async () => {
    const off = many(8)
    const after = { ...off, features: off.features.map((each) => ({ ...each, status: 'OFF' })) }
    expect(await ending(after)).toMatchObject({ count: 0 })
  })
})

describe('what changes, of FME,', () => {
  it.each([
    ['traffic of a rollout', 'campaigns.0.variations.0.weight', 80, 'checkout: rule1 traffic 60 → 80 %'],
    ['traffic of a test', 'campaigns.1.percentTraffic', 90, 'checkout: rule2 traffic 80 → 90 %'],
    ['weights', 'campaigns.1.variations.0.weight', 51, 'checkout: rule2 Control weight 50 → 51'],
    [
      'a segment',
      'campaigns.0.variations.0.segments',
      {},
      /^checkout: rule1 segment \(?plan = .* → all users$/,
    ],
    [
      'whitelisting',
      'campaigns.1.variations.1.segments',
      {},
      'checkout: rule2 Variation-1 whitelisting 2 users → nobody',
    ],
    [
      'variables',
      'campaigns.1.variations.1.variables.0.value',
      'X',
      'checkout: rule2 Variation-1 variable `label` "Variation-1" → "X"',
    ],
    ['a rule that is paused', 'campaigns.2', undefined, /checkout: rule3 no longer running/],
    ['metrics', 'features.0.metrics', [], 'checkout: metric purchase removed, metric basket removed'],
    ['a holdout', 'holdouts.0.percentTraffic', 5, 'holdout nobody: percentTraffic 0 → 5'],
    [
      'a test of one variation alone',
      'features.0.rules.1.variationId',
      2,
      /^checkout: rule2 variationId .* → 2$/,
    ],
    ['a group', 'groups.1.campaigns', ['31'], /^group both: search rule2 left/],
  ])('is said in words: %s', async (_what, place, value, summary) => {
    const next = edited(everything, place, value)
    if (place === 'campaigns.2') next.campaigns = next.campaigns.filter(Boolean)
    const said = await summaryOf(everything, next)
    if (typeof summary === 'string') expect(said).toBe(summary)
    else expect(said).toMatch(summary)
  })

  it('is said of features that come and go, and of rules in another order', async () => {
    const before = fmeSettings([{ key: 'a', rules: [abTest(), personalise()] }, { key: 'b' }])
    const after = edited(before, 'features.1.key', 'c')
    after.features[1] = { ...after.features[1], id: 77 } as never
    after.features[0]?.rules?.reverse()
    expect(await summaryOf(before, after)).toBe(
      'a: rules in another order; c: new: rule1 (rollout, traffic 100 %); b: no longer there',
    )
  })

  it('is said of a rule that is in no group any more, also where the group is renamed; of one that leaves it, once', async () => {
    const renamed = edited(everything, 'groups.1.name', 'either')
    const lost = { ...renamed, campaignGroups: { '31': 1, '23': 2, '32_1': 2 } }
    expect(await summaryOf(everything, lost)).toBe(
      'group either: name "both" → "either"; settings-file: groups of rules changed',
    )
    expect(await summaryOf(everything, edited(lost, 'groups.1.campaigns', ['31']))).not.toContain(
      'groups of rules changed',
    )
  })

  it('is not said of settings of the other product, so that nobody goes back to such', async () => {
    const [flags, campaigns] = [Buffer.from(fme.sample), Buffer.from(fullstack.sample)]
    const of = async (product: typeof fme) => await product.open().changes(flags, campaigns)
    await expect(of(fme)).rejects.toThrow('expected them of product "fme", got one of "fullstack"')
    await expect(of(fullstack)).rejects.toThrow('expected them of product "fullstack", got one of "fme"')
  })

  it('names no sdkKey', async () => {
    const next = { ...everything, sdkKey: 'another-key', version: 'the-sdk-key' }
    expect(await summaryOf(everything, next)).not.toMatch(/the-sdk-key|another-key/)
  })
})
