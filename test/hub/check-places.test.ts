import { describe, expect, it } from 'vitest'
import { abTest, featureRollout, featureTest, goal, variable, variation } from '../support/settings-file.ts'
import { checkAsHub, file } from '../support/check-as-hub.ts'

const { strictly, check, refusalOf } = checkAsHub()

describe('a settings-file is refused, where nothing may be wrong with it, with the place', () => {
  const campaign = abTest('a')
  const variationOf = (overrides: object) =>
    file({ ...campaign, variations: [variation(1, 'Control', 50), overrides] })

  it.each<[name: string, settings: object, why: string]>([
    ['campaigns missing', { ...file(), campaigns: undefined }, 'campaigns: expected an array, got nothing'],
    ['campaigns null', { ...file(), campaigns: null }, 'campaigns: expected an array, got null'],
    [
      'campaigns a PHP list with a gap',
      { ...file(), campaigns: { 0: campaign, 2: campaign } },
      'campaigns: expected an array, got an object',
    ],
    ['a campaign null', file(campaign, null as never), 'campaigns[1]: expected an object, got null'],
    ['no key', file({ ...campaign, key: undefined }), 'campaigns[0].key: expected a string, got nothing'],
    [
      'traffic as text',
      file({ ...campaign, percentTraffic: '50' }),
      'campaigns[0].percentTraffic: expected a number, got a string',
    ],
    [
      'an optional field null',
      file({ ...campaign, isMAB: null }),
      'campaigns[0].isMAB: expected true or false, got null',
    ],
    [
      'variations null',
      file({ ...campaign, variations: null }),
      'campaigns[0].variations: expected an array, got null',
    ],
    [
      'a variation null',
      file({ ...campaign, variations: [null] }),
      'campaigns[0].variations[0]: expected an object, got null',
    ],
    [
      'a variation without a name',
      variationOf({ id: 2, weight: 1 }),
      'campaigns[0].variations[1].name: expected a string, got nothing',
    ],
    [
      'a weight that is none',
      variationOf({ id: 2, name: 'B', weight: 'half' }),
      'campaigns[0].variations[1].weight: expected a number, or a string with one in it, got a string',
    ],
    [
      'a weight null',
      variationOf({ id: 2, name: 'B', weight: null }),
      'campaigns[0].variations[1].weight: expected a number, or a string with one in it, got null',
    ],
    [
      'variations with a gap',
      file({ ...campaign, variations: { 1: variation(1, 'A', 1) } }),
      'campaigns[0].variations: expected an array, got an object',
    ],
    [
      'a goal null',
      file({ ...campaign, goals: [null] }),
      'campaigns[0].goals[0]: expected an object, got null',
    ],
    [
      'goals with a gap',
      file({ ...campaign, goals: { 1: goal('g') } }),
      'campaigns[0].goals: expected an array, got an object',
    ],
    [
      'a variable null',
      file(featureRollout('a', { variables: [null as never] })),
      'campaigns[0].variables[0]: expected an object, got null',
    ],
    [
      'segments missing',
      file({ ...campaign, segments: undefined }),
      'campaigns[0].segments: expected an object, got nothing',
    ],
    [
      'segments as a list: everybody would be in',
      file({ ...campaign, segments: [{ user: 'ann' }] }),
      'campaigns[0].segments: expected an object, got an array',
    ],
    [
      'several faults',
      file({ ...campaign, key: 1, type: 1, status: 1 }),
      'campaigns[0].type: expected a string, got 1',
    ],
  ])('for its form: %s', async (_, settings, why) => {
    expect(await refusalOf(settings, strictly)).toBe(why)
  })

  const grouped = (group: unknown, campaignGroups: object = { 1: 7, 2: 7 }) => ({
    ...file(abTest('a', { id: 1 }), abTest('b', { id: '2' as never })),
    campaignGroups,
    groups: { 7: group },
  })

  it.each<[name: string, settings: object, why: string]>([
    [
      'a group that is not there',
      grouped({ name: 'g', campaigns: [1, 2] }, { 1: 8 }),
      'campaignGroups["1"]: expected the id of a group in "groups", got 8',
    ],
    [
      'no groups',
      { ...grouped({}), groups: [] },
      'campaignGroups["1"]: expected the id of a group in "groups", got 7',
    ],
    [
      'a group that knows nothing of it',
      grouped({ name: 'g', campaigns: [1] }),
      'campaignGroups["2"]: expected the id of a group that lists the campaign, got 7',
    ],
    ['a group null', grouped(null), 'groups["7"]: expected an object, got null'],
    [
      'a group without campaigns',
      grouped({ name: 'g' }),
      'groups["7"].campaigns: expected an array, got nothing',
    ],
    [
      'priorities null',
      grouped({ name: 'g', campaigns: [1, 2], et: 2, p: null }),
      'groups["7"].p: expected an array, got null',
    ],
    [
      'an id of a group as text',
      grouped({ name: 'g', campaigns: [1, 2] }, { 1: '7' }),
      'campaignGroups["1"]: expected a number, got a string',
    ],
  ])('for its groups: %s', async (_, settings, why) => {
    expect(await refusalOf(settings, strictly)).toBe(why)
  })

  it.each([
    ['campaignGroups', { campaignGroups: null }],
    ['groups', { campaignGroups: { 1: 7 }, groups: null }],
  ])('for %s that are nothing', async (place, none) => {
    const settings = { ...file(abTest('a', { id: 1 })), ...none }
    expect(await refusalOf(settings)).toBe(`${place}: expected an object, got null`)
  })

  it.each<[name: string, group: object]>([
    ['at random', { name: 'g', campaigns: [1, '2'] }],
    ['by priority', { name: 'g', campaigns: [1, 2], et: 2, p: [2, 1], wt: { 1: 50, 2: '50' } }],
    ['by weight, empty ones as lists', { name: 'g', campaigns: [1, 2, 3], et: 2, p: {}, wt: [] }],
    ['with campaigns that do not run', { name: 'g', campaigns: [9, 1, 2] }],
  ])('but not for groups that work: %s', async (_, group) => {
    expect((await check(grouped(group, { 1: 7, 2: 7, 99: 12_345 }), strictly)).units).toBe(2)
  })

  it('but not for the users whom the SDK itself loses in the gap of a group of seven', async () => {
    const campaigns = Array.from({ length: 7 }, (_, n) => abTest(`c${n}`, { id: n + 1 }))
    const ids = campaigns.map(({ id }) => Number(id))
    const settings = {
      ...file(...campaigns),
      campaignGroups: Object.fromEntries(ids.map((id) => [id, 7])),
      groups: { 7: { name: 'g', campaigns: ids } },
    }
    for (let account = 1; account <= 20; account += 1) {
      const text = JSON.stringify({
        ...settings,
        groups: { [account]: settings.groups[7] },
        campaignGroups: Object.fromEntries(ids.map((id) => [id, account])),
      })
      expect((await check(text, strictly)).units).toBe(7)
    }
  })

  it.each<[name: string, settings: object, why: RegExp]>([
    [
      'a segment that throws',
      file(campaign, abTest('b', { segments: { or: null } })),
      /^campaigns\[1\]: the SDK cannot evaluate segments: TypeError: /,
    ],
    [
      'a segment that throws, of a campaign that does not run',
      file(campaign, abTest('b', { status: 'PAUSED', segments: { or: null } })),
      /^campaigns\[1\]: the SDK cannot evaluate segments: TypeError: /,
    ],
    [
      'an empty segment',
      file(abTest('a', { segments: { and: [{}] } })),
      /^campaigns\[0\]: the SDK cannot evaluate segments/,
    ],
    [
      'a list of users that is none',
      file(abTest('a', { segments: { not: { user: 5 } } })),
      /^campaigns\[0\]: the SDK cannot evaluate segments/,
    ],
    [
      'a whitelist that throws',
      file(
        abTest('a', {
          isForcedVariationEnabled: true,
          variations: [variation(1, 'Control', 100, { segments: { user: null } })],
        }),
      ),
      /^campaigns\[0\]: the SDK cannot evaluate segments/,
    ],
    [
      'a field that hides a method',
      file({ ...campaign, hasOwnProperty: 1 }),
      /^campaigns\[0\]: the SDK cannot decide: /,
    ],
  ])('for what the SDK does with it: %s', async (_, settings, why) => {
    expect(await refusalOf(settings, strictly)).toMatch(why)
  })

  it.each([
    ['is not there', []],
    ['has its number as text', [variation('1', 'Control', 50, { variables: [variable('x', 1)] })]],
    ['has no variables', [variation(1, 'Control', 50)]],
  ])('for a feature that is off, and whose Control %s', async (_, controls) => {
    const off = variation(2, 'Variation-1', 50, { isFeatureEnabled: false, variables: [] })
    expect(await refusalOf(file(featureTest('a', { variations: [...controls, off] })), strictly)).toBe(
      'campaigns[0].variations: expected a variation with the id 1 and variables, to which those fall back whose feature is off, got an array',
    )
    const on = { ...off, isFeatureEnabled: true }
    const withoutVariables = controls.map((control) => ({ ...control, variables: undefined }))
    expect(
      (await check(file(featureTest('a', { variations: [...withoutVariables, on] as never })), strictly))
        .units,
    ).toBe(1)
  })

  it('for a campaign that was hidden behind another one of the same key, once it is not', async () => {
    const broken = abTest('a', { id: 99, segments: { or: null } })
    expect((await check(file(campaign, broken), strictly)).units).toBe(2)
    expect(await refusalOf(file(broken), strictly)).toMatch(
      /^campaigns\[0\]: the SDK cannot evaluate segments/,
    )
  })

  it('for each time that it is sent', async () => {
    const broken = file(abTest('once-more', { segments: { or: null } }))
    const first = await refusalOf(broken, strictly)
    expect(await refusalOf(broken, strictly)).toBe(first)
  })

  it('and no text of it can steer a terminal or begin a line', async () => {
    const key = 'a\u001b[31m\nforged line'
    const why = await refusalOf({ ...file(), groups: { [key]: null } }, strictly)
    expect(why).not.toMatch(/\p{Cc}/u)
    expect(why).toContain('expected an object, got null')
  })
})
