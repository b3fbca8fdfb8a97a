/** Why a user gets what the SDK of FME gives. `EXPLAIN_RUNS` gives how many settings-files are generated, 12 unless given. */
import * as fc from 'fast-check'
import { normaliseSettings, type SettingsFile } from '@vwo-hub/protocol/fme'
import { describe, expect, it } from 'vitest'
import { fme } from '../../packages/hub/dist/product/fme/fme.js'
import type { User } from '../../packages/hub/dist/product/users.js'
import { fmeFiles } from '../support/fme-arbitrary.ts'
import { fmeInThisThread } from '../support/fme-in-this-thread.ts'
import {
  abTest,
  fmeSettings,
  fmeSettingsWithEverything,
  personalise,
  rollout,
} from '../support/fme-settings.ts'

const RUNS = Number(process.env['EXPLAIN_RUNS'] ?? 12)

const { explain } = fmeInThisThread()

const users: User[] = ['ann', 'bert', 'user-7', 'user-9'].flatMap((id) => [
  { id },
  {
    id,
    customVariables: { plan: 'gold', age: '20' },
    context: { ipAddress: '10.0.0.1', userAgent: 'Mozilla Firefox', _vwo: { location: { country: 'DE' } } },
  },
])

/** Groups that choose by priority and by weights, besides those that choose at random. */
const files = fc
  .tuple(fmeFiles, fc.constantFrom('random', 'priority', 'weights'), fc.nat(5), fc.constantFrom(20, 50, 100))
  .map(([file, kind, place, weight]) => {
    normaliseSettings(file)
    const { 1: group } = (file.groups ?? {}) as Record<string, { campaigns: string[] }>
    if (group === undefined || kind === 'random') return file
    const member = group.campaigns[place % group.campaigns.length] ?? ''
    const wt = Object.fromEntries(
      group.campaigns.map((each) => [each, each === member ? weight : 100 - weight]),
    )
    const own = kind === 'priority' ? { et: 2, p: [member], wt } : { et: 2, wt }
    return { ...file, groups: { 1: { ...group, ...own } } }
  })

describe('whatever a settings-file of FME says', () => {
  it('the steps lead to the answer of the SDK', async () => {
    await fc.assert(
      fc.asyncProperty(files, async (file) => {
        for (const { key } of file.features) {
          for (const user of users) {
            const { isConsistent, steps, answer } = await explain(file, key, user)
            expect([key, user, answer, isConsistent ? '' : steps]).toEqual([key, user, answer, ''])
          }
        }
      }),
      { numRuns: RUNS, ...(RUNS === 12 && { seed: 3 }) },
    )
  }, 600_000)

  it('also where it uses each field', async () => {
    const everything = fmeSettingsWithEverything()
    for (const unit of ['checkout', 'search', 'menu', 'idle']) {
      for (const user of [...users, { id: 'carl' }])
        expect(await explain(everything, unit, user)).toMatchObject({ isConsistent: true })
    }
  })
})

/** The steps alone, each as one text. */
const stepsOf = async (file: SettingsFile, unit: string, user: User): Promise<string[]> =>
  (await explain(file, unit, user)).steps.flatMap(({ text, details }) => [text, ...details])

const is = (name: string, condition: string) => ({ or: [{ custom_variable: { [name]: condition } }] })

describe('a decision of FME is explained', () => {
  it('rule by rule, in words', async () => {
    const file = fmeSettings([
      {
        key: 'checkout',
        rules: [
          rollout({ weight: 90 }),
          personalise({ segments: is('plan', 'gold') }),
          abTest({ percentTraffic: 80 }),
        ],
      },
    ])
    expect(await stepsOf(file, 'checkout', { id: 'ann', customVariables: { plan: 'free' } })).toEqual([
      'The feature has 3 rules that run.',
      'rule1 (rollout) is for all users.',
      expect.stringMatching(
        /^rule1 takes 90 % of them: the user's number from 1 to 100 is \d+, not above 90: in\.$/,
      ),
      'rule2 (personalisation) is for plan = "gold": this user is not.',
      'plan = "gold": no, plan is "free"',
      'rule3 (test) is for all users.',
      expect.stringMatching(/^rule3 takes 80 % of them: the user's number/),
      expect.stringMatching(/^The user's number from 1 to 10000 is \d+: (Control|Variation-1)\.$/),
      'Control: 1 to 5000',
      'Variation-1: 5001 to 10000',
    ])
  })

  it('by a list of users, and by where a user is', async () => {
    const [control, other] = abTest().campaign.variations ?? []
    const listing = abTest({
      isForcedVariationEnabled: true,
      variations: [
        control ?? expect.fail(),
        { ...(other ?? expect.fail()), segments: { or: [{ user: 'ann' }] } },
      ],
    })
    const file = fmeSettings([
      { key: 'checkout', rules: [listing] },
      { key: 'german', rules: [personalise({ segments: { and: [{ country: 'DE' }] } })] },
    ])
    expect(await stepsOf(file, 'checkout', { id: 'ann' })).toContain(
      'Whitelisting of rule1 gives this user Variation-1, whatever comes below.',
    )
    const context = { ipAddress: '10.0.0.1', _vwo: { location: { country: 'DE' } } }
    expect(await stepsOf(file, 'german', { id: 'ann', context })).toContain(
      'rule1 (personalisation) is for country = "DE": this user is one of them.',
    )
    expect(await explain(file, 'german', { id: 'ann' })).toMatchObject({
      answer: 'the feature is off',
      isIn: false,
    })
  })

  it('by the group of its rules', async () => {
    const everything = fmeSettingsWithEverything()
    const said = await stepsOf(everything, 'menu', { id: 'ann' })
    expect(said.join('\n')).toMatch(/^Group both: .* gets? the user\.$/m)
    expect(said.join('\n')).toMatch(/^could get the user: /m)
  })

  it('by a group that is not there, of which a rollout or a test is said to be', async () => {
    const file = (lost: string) =>
      fmeSettings([{ key: 'a', rules: [rollout(), abTest()] }, { key: 'b' }], {
        groups: { '1': { name: 'both', campaigns: ['12', '21'] } },
        campaignGroups: { '12': 1, [lost]: 9 },
      })
    for (const [lost, last] of [
      ['11', 'There is no group 9, of which rule1 is said to be: the SDK fails.'],
      ['12', 'There is no group 9, of which rule2 is said to be: the SDK fails.'],
      ['21', 'Group both: a rollout of b is said to be of a group that is not there: the SDK fails.'],
    ] as const) {
      const { answer, isConsistent, steps } = await explain(file(lost), 'a', { id: 'ann' })
      expect([answer, isConsistent, steps.at(-1)?.text]).toEqual(['the feature is off', true, last])
    }
  })

  it('with what there is, where it is not there', async () => {
    const file = fmeSettings([{ key: 'checkout' }, { key: 'menu', rules: [] }])
    expect(await stepsOf(file, 'chekout', { id: 'ann' })).toEqual([
      'There is no feature chekout: it is deleted or has another key.',
      'There are: checkout, menu',
    ])
    expect(await stepsOf(file, 'menu', { id: 'ann' })).toEqual([
      'The feature has no rule that runs: it is off for everybody.',
    ])
  })

  it('with its variables, in a thread', async () => {
    const judging = fme.open()
    const asked = {
      environment: 'prod',
      text: Buffer.from(fme.sample),
      unit: 'checkout-button',
      userId: 'ann',
    }
    expect(await judging.explain({ ...asked, customVariables: { plan: 'gold' } })).toMatchObject({
      decision: { isEnabled: true, by: 'personalizeRule1', variables: { label: 'Buy, with a present' } },
      answer: 'the feature is on, by personalizeRule1',
      isIn: true,
      isConsistent: true,
    })
    await judging.close()
  })
})
