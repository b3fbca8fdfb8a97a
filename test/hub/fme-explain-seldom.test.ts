/** Why a user gets what the SDK of FME gives, where a settings-file has what is seldom there. */
import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { describe, expect, it } from 'vitest'
import { copyFmeSdk } from '../support/fme-copy.ts'
import { fmeInThisThread } from '../support/fme-in-this-thread.ts'
import { abTest, fmeSettings, personalise, rollout, type RuleOf } from '../support/fme-settings.ts'

const sdk = copyFmeSdk() as unknown as { getUUID(id: string, accountId: string): string }
const { explain } = fmeInThisThread(sdk)

/** The steps alone, each as one text. */
const stepsOf = async (file: SettingsFile, unit: string, user: { readonly id: string }): Promise<string[]> =>
  (await explain(file, unit, user)).steps.flatMap(({ text, details }) => [text, ...details])

/** What users get; the steps lead there. */
async function agreed(file: SettingsFile, unit: string, ids: readonly string[]): Promise<string[]> {
  const answers: string[] = []
  for (const id of ids) {
    const { answer, isConsistent, steps } = await explain(file, unit, { id })
    expect([id, answer, isConsistent ? '' : steps]).toEqual([id, answer, ''])
    answers.push(answer)
  }
  return answers
}

const variation = (id: number, segments: object = {}) => ({
  ...{ id, name: `V${id}`, weight: 50, segments: segments as Record<string, unknown>, variables: [] },
})

describe('a decision of FME is explained', () => {
  it('by the one variation that a rule of a test names, which alone gives or lists anybody', async () => {
    const listing = abTest({
      isForcedVariationEnabled: true,
      variations: [1, 2].map((id) => variation(id, id === 1 ? { or: [{ user: 'bert' }] } : {})),
    })
    const file = fmeSettings([{ key: 'a', rules: [{ ...listing, rule: { variationId: 2 } }] }])
    const answers = await agreed(file, 'a', ['ann', 'bert', 'carl', 'dora'])
    expect(new Set(answers)).toEqual(new Set(['the feature is off', 'the feature is on, by rule1 V2']))
    const said = await stepsOf(file, 'a', { id: 'ann' })
    expect(said).toContain('V2: 5001 to 10000')
    expect(said.join()).not.toMatch(/V1/)
  })

  it('by lists of several variations that have a user in common, of which the SDK makes nothing', async () => {
    const listing = abTest({
      isForcedVariationEnabled: true,
      variations: [variation(1, { or: [{ user: 'ann,bert' }] }), variation(2, { or: [{ user: 'ann' }] })],
    })
    const file = fmeSettings([{ key: 'a', rules: [rollout(), listing] }])
    expect(await agreed(file, 'a', ['ann', 'bert'])).toEqual([
      'the feature is off',
      'the feature is on, by rule2 V1',
    ])
    expect((await explain(file, 'a', { id: 'ann' })).steps.at(-1)).toEqual({
      step: 'whitelisting',
      isPassed: false,
      text: 'Whitelisting of rule2: this user is listed for several variations: the SDK fails.',
      details: ['V1: 2 users: yes', 'V2: 1 user: yes'],
    })
  })

  it('without a rule of a type that is none, which the SDK passes over', async () => {
    const other = abTest({ type: 'FLAG_OTHER' })
    const file = fmeSettings([
      { key: 'a', rules: [abTest({ segments: { or: [{ user: 'bert' }] } }), other] },
      { key: 'b', rules: [other] },
    ])
    expect(await agreed(file, 'a', ['ann'])).toEqual(['the feature is off'])
    expect(await stepsOf(file, 'b', { id: 'ann' })).toEqual([
      'The feature has no rule that runs: it is off for everybody.',
    ])
  })

  it('by a rule without any segment, of which the SDK makes nothing', async () => {
    const unsaid = { segments: undefined }
    const groups = {
      groups: { '1': { name: 'both', campaigns: ['11', '22_1'] } },
      campaignGroups: { '11': 1, '22_1': 1 },
    }
    const [said, test] = [rollout(), abTest()]
    for (const [rules, others, last] of [
      [[rollout(unsaid)], [], 'rule1 (rollout) has no segment, not even an empty one: the SDK fails.'],
      [
        [personalise(unsaid)],
        [],
        'rule1 (personalisation) has no segment, not even an empty one: the SDK fails.',
      ],
      [
        [test],
        [rollout(unsaid), personalise()],
        'Group both: a rollout of b has no segment, not even an empty one: the SDK fails.',
      ],
      [
        [test],
        [said, personalise(unsaid)],
        'Group both: b rule2 has no segment, not even an empty one: the SDK fails.',
      ],
    ] as const) {
      const file = fmeSettings(
        [
          { key: 'a', rules },
          { key: 'b', rules: others },
        ],
        others.length > 0 ? groups : {},
      )
      expect(await agreed(file, 'a', ['ann'])).toEqual(['the feature is off'])
      expect((await stepsOf(file, 'a', { id: 'ann' })).at(-1)).toBe(last)
    }
  })

  it('by a segment that asks for another feature, which nobody has without a storage', async () => {
    const file = (featureId: Record<string, string>) =>
      fmeSettings([{ key: 'a', rules: [rollout({ segments: { or: [{ featureId }] } })] }, { key: 'segment' }])
    for (const [asked, isOn] of [
      [{ 2: 'off' }, true],
      [{ 1: 'off' }, true],
      [{ 2: 'on' }, false],
      [{ 3: 'off' }, false],
    ] as const) {
      const { isIn, isConsistent, steps } = await explain(file(asked), 'a', { id: 'ann' })
      expect([asked, isIn, isConsistent]).toEqual([asked, isOn, true])
      expect(steps[1]?.details.join()).toMatch(isOn ? /: yes$/ : /: no$/)
    }
  })

  it('by the group of its rules, whose lists are read as the rule that was asked last has them', async () => {
    const user = sdk.getUUID('ann', '123456')
    const hashed = abTest({ segments: { or: [{ user }] }, isUserListEnabled: true })
    const file = (others: readonly RuleOf[], last: string) =>
      fmeSettings(
        [
          { key: 'a', rules: [hashed] },
          { key: 'b', rules: others },
        ],
        {
          groups: { '1': { name: 'both', campaigns: ['11', last], et: 2, p: ['11'], wt: {} } },
          campaignGroups: { '11': 1, [last]: 1 },
        },
      )
    expect(await agreed(file([abTest()], '21'), 'a', ['ann', 'bert'])).toEqual([
      expect.stringMatching(/^the feature is on, by rule1 /),
      'the feature is off',
    ])
    expect(await agreed(file([rollout(), abTest()], '22'), 'a', ['ann'])).toEqual(['the feature is off'])
  })
})
