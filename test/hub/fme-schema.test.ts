import { findSettingsFault, normaliseSettings } from '@vwo-hub/protocol/fme'
import { describe, expect, it } from 'vitest'
import { edited } from '../support/edited.ts'
import { abTest, fmeSettings, fmeSettingsWithEverything } from '../support/fme-settings.ts'

/** Where the first fault is once this stands in that place of a good file. */
function faultOf(place: string, value: unknown): string | undefined {
  return findSettingsFault(edited(fmeSettingsWithEverything(), place, value))?.path.join('.')
}

describe('the schema of settings-files of FME', () => {
  it('takes one that uses each field', () => {
    expect(findSettingsFault(fmeSettingsWithEverything())).toBeUndefined()
  })

  it.each([
    ['no features', 'features', undefined],
    ['no campaigns', 'campaigns', undefined],
    ['features that are an object', 'features', { a: 1 }],
    ['a feature without a key', 'features.0.key', ''],
    ['a rule that points nowhere', 'features.0.rules.1.campaignId', '12'],
    ['a variation with the id 0', 'campaigns.1.variations.0.id', 0],
    ['a variation with an empty id', 'campaigns.1.variations.0.id', ''],
    ['no variations', 'campaigns.1.variations', []],
    ['a campaign that is null', 'campaigns.1', null],
    ['whitelisting whose "or" is null', 'campaigns.1.variations.1.segments.or', null],
    ['null among whitelisting', 'campaigns.1.variations.1.segments.or.0', null],
    ['a number in place of whitelisted users', 'campaigns.1.variations.1.segments.or.0.user', 5],
    ['a number as operand', 'campaigns.0.variations.0.segments.or.0.custom_variable.plan', 30],
    ['text in place of traffic', 'campaigns.1.percentTraffic', '80'],
    ['a group without members', 'groups.1.campaigns', undefined],
  ])('refuses %s, and says where', (_what, place, value) => {
    expect(faultOf(place, value)).toBe(place)
  })

  it.each([
    ['c', []],
    ['features.0.m', []],
    ['features.0.metrics.0.i', 5],
    ['features.0.metrics.0.t', 'REVENUE_TRACKING'],
    ['campaigns.1.variations.1.seg', { custom_variable: { plan: 5 } }],
    ['campaigns.1.variations.1.seg', { custom_variable: { plan: 'regex((a+)+$)' } }],
    ['campaigns.0.variations.0.w', 1],
    ['campaigns.0.variations.0.i', 0],
    ['campaigns.0.variations.0.n', 'another'],
    ['campaigns.0.variations.0.variables.0.i', 5],
    ['campaigns.0.variations.0.variables.0.k', 'another'],
    ['campaigns.0.variations.0.variables.0.val', 'another'],
    ['holdouts.0.m', []],
    ['holdouts.0.metrics.0.i', 5],
  ])('refuses %s, which the SDK reads in place of a longer name', (place, value) => {
    const file = edited(fmeSettingsWithEverything(), 'holdouts.0.metrics', [
      { id: 1, type: 'CUSTOM_GOAL', identifier: 'purchase' },
    ])
    expect(findSettingsFault(edited(file, place, value))).toEqual({
      path: expect.toSatisfy((path: unknown[]) => path.join('.') === place) as unknown,
      expected: 'no such name',
      got: value,
    })
  })

  it('takes several operators in one place, as the SDK does, and looks at each', () => {
    const place = 'campaigns.0.variations.0.segments'
    const both = { not: { or: [{ user: 'anna' }] }, and: [{ custom_variable: { plan: 'gold' } }] }
    const nested = { and: [both] }
    expect(faultOf(place, nested)).toBeUndefined()
    expect(faultOf(place, edited(nested, 'and.0.and', null))).toBe(`${place}.and.0.and`)
    expect(faultOf(place, edited(nested, 'and.0.not', {}))).toBe(`${place}.and.0.not`)
    expect(faultOf(place, edited(nested, 'and.0.featureId', 5))).toBe(`${place}.and.0.featureId`)
    expect(faultOf(place, edited(nested, 'and.0.and.0.custom_variable.age', 5))).toBe(
      `${place}.and.0.and.0.custom_variable.age`,
    )
    expect(faultOf(place, edited(nested, 'and.0', {}))).toBe(`${place}.and.0`)
  })

  it('leaves conditions alone that the SDK does not know', () => {
    expect(faultOf('campaigns.0.variations.0.segments', { weekday: 3 })).toBeUndefined()
  })

  it('mends what PHP sends of empty lists and maps, and nothing else', () => {
    const file = fmeSettings([{ key: 'a', rules: [abTest()] }])
    const sent = Object.entries({
      'features.0.metrics': {},
      'features.0.impactCampaign': [],
      'campaigns.0.segments': [],
      'campaigns.0.variations.0.segments': [],
      'campaigns.0.variations.1.variables': {},
      holdouts: {},
      groups: [],
    }).reduce((all, [place, value]) => edited(all, place, value), file)
    expect(normaliseSettings(sent)).toBe(true)
    expect(sent).toMatchObject({
      features: [{ metrics: [], impactCampaign: {} }],
      campaigns: [{ segments: {}, variations: [{ segments: {} }, { variables: [] }] }],
      holdouts: [],
      groups: {},
    })
    expect(findSettingsFault(sent)).toBeUndefined()
    const again = structuredClone(sent)
    expect(normaliseSettings(again)).toBe(false)
    expect(again).toEqual(sent)
    expect(normaliseSettings({ features: { a: 1 }, campaigns: [] })).toBe(false)
  })
})
