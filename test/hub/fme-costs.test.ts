/** What a whole settings-file of FME costs apps, where each part of it is small. */
import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { afterAll, describe, expect, it } from 'vitest'
import { fme } from '../../packages/hub/dist/product/fme/fme.js'
import { findDanger } from '../../packages/hub/dist/product/fme/judge/danger.js'
import { abTest, fmeSettings, personalise } from '../support/fme-settings.ts'

const judging = fme.open()
afterAll(() => judging.close())

const whyNot = async (file: SettingsFile): Promise<string> => {
  const verdict = await judging.judge({ body: JSON.stringify(file) })
  return verdict.ok ? 'accepted' : verdict.why
}

const many = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

/** One campaign of a thousand variations, to which all rules of these features point. */
function shared(count: number, { rules = 4, variables = 0, variationId = 0 } = {}): SettingsFile {
  const variable = { id: 1, key: 'label', type: 'string', value: '' }
  const variations = many(1000).map((index) => ({
    ...{ id: index + 1, name: '', weight: index === 0 ? 100 : 0 },
    variables: many(variables).map(() => variable),
  }))
  const file = fmeSettings([{ key: 'f', rules: [abTest({ variations })] }])
  const [feature = expect.fail()] = file.features
  const pointing = many(rules).map((index) => ({
    ...{ type: 'FLAG_TESTING', ruleKey: `r${index}`, campaignId: 11 },
    ...(variationId > 0 && { variationId }),
  }))
  const features = many(count).map((index) => ({
    ...{ ...feature, id: index + 1, key: `f${index}`, metrics: [], rules: pointing },
  }))
  return { ...file, features }
}

/** A feature with tests that are each in a group of their own, of so many members, beside so many features without rules. */
function grouped(tests: number, { members = 1000, others = 0 } = {}): SettingsFile {
  const file = fmeSettings([
    { key: 'heavy', rules: many(tests).map(() => abTest()) },
    ...many(others).map((index) => ({ key: `f${index}`, rules: [], metrics: [] })),
  ])
  const ids = file.campaigns.map(({ id }) => String(id))
  const groups = ids.map((id, index) => [
    String(index + 1),
    { campaigns: [id, ...many(members - 1).map(() => '0')] },
  ])
  const campaignGroups = Object.fromEntries(ids.map((id, index) => [id, index + 1]))
  return { ...file, groups: Object.fromEntries(groups), campaignGroups }
}

/** Features with a rule each, all in one group. */
function together(count: number, others: number): SettingsFile {
  const file = fmeSettings([
    ...many(count).map((index) => ({ key: `g${index}`, rules: [personalise()], metrics: [] })),
    ...many(others).map((index) => ({ key: `f${index}`, rules: [], metrics: [] })),
  ])
  const campaigns = file.campaigns.map(({ id }) => `${id}_1`)
  return {
    ...file,
    ...{ groups: { 1: { campaigns } }, campaignGroups: Object.fromEntries(campaigns.map((id) => [id, 1])) },
  }
}

describe('[invariant 3] a settings-file of FME is refused as a whole', () => {
  it('for rules that copy one large campaign more often than an app has memory for', async () => {
    expect(await whyNot(shared(251))).toBe(
      'features[250].rules: expected rules that up to here point to at most 1000000 variations and variables, of which each has copies of its own, got 1004000',
    )
    expect(findDanger(shared(250))).toBeUndefined()
  })

  it('for their variables, which are copied as well', () => {
    expect(findDanger(shared(84, { variables: 2 }))).toContain('features[83].rules: expected rules')
    expect(findDanger(shared(83, { variables: 2 }))).toBeUndefined()
  })

  it('and not for rules that are about one variation each, which alone is copied', () => {
    expect(findDanger(shared(251, { variationId: 1000 }))).toBeUndefined()
    expect(findDanger(shared(251, { variationId: 1001 }))).toContain('got 1004000')
  })

  it('for groups of one feature that take an app seconds for each user', async () => {
    expect(await whyNot(grouped(2, { others: 2500 }))).toMatch(
      /^features\[0\]\.rules: expected groups with at most 5000000 steps in all \(their members × features of the file, .*\), got 5\d{6}$/,
    )
  })

  it('for one group of many features, which are looked for among each other', () => {
    expect(findDanger(together(550, 0))).toContain('expected groups with at most 5000000 steps')
    expect(findDanger(together(150, 4850))).toBeUndefined()
  })

  it('and not for what thousands of features with groups need', async () => {
    expect(findDanger(grouped(10, { members: 90, others: 5000 }))).toBeUndefined()
    expect(await whyNot(together(20, 100))).toBe('accepted')
  })
})
