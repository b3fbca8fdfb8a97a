/** Holdouts, by which SDKs of FME decide since 1.39: the SDK of the hub does not. */
import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { describe, expect, it } from 'vitest'
import { fme } from '../../packages/hub/dist/product/fme/fme.js'
import { unitInWords } from '../../packages/hub/dist/product/preview/moves-in-words.js'
import { fmeInThisThread } from '../support/fme-in-this-thread.ts'
import { abTest, fmeSettings, rollout } from '../support/fme-settings.ts'

const { preview, explain } = fmeInThisThread()

const text = (file: object): Buffer => Buffer.from(JSON.stringify(file))

const holdout = (more: object) => ({
  ...{ id: 1, name: 'Q3', segments: {}, percentTraffic: 100, featureIds: [1], isGlobal: false, metrics: [] },
  ...more,
})

/** Two features with the ids 1 and 2. */
function settings(...holdouts: object[]): SettingsFile {
  const features = ['a', 'b'].map((key) => ({ key, rules: [rollout()] }))
  return { ...fmeSettings(features), holdouts: holdouts.map(holdout) }
}

const unknownIn = async (before: SettingsFile, after: SettingsFile) =>
  (await preview(before, after)).map(({ unit, unknown }) => [unit, unknown])

describe('a preview says that it is not known whom holdouts move', () => {
  it('of the features alone that a changed one names, in words beside what the SDK decides', async () => {
    const [previous, next] = [text(settings()), text(settings({}))]
    // In threads of its own, as a hub does.
    const { units } = await fme.open().preview({ environment: 'prod', previous, next, users: 50 })
    const [unit = expect.fail(), ...rest] = units
    expect([unit.unit, unit.unknown, rest]).toEqual(['a', ['heldOut'], []])
    expect(unitInWords(unit)).toEqual({
      moving: [],
      still: 'none of 10 users moves, holdouts aside',
      unknown:
        'whom holdouts move is not known: SDKs since 1.39 decide by them, and the SDK of the hub does not',
    })
  })

  it.each([
    ['is for all features', [], [{ featureIds: [], isGlobal: true }], ['a', 'b']],
    ['is larger', [{ percentTraffic: 5 }], [{ percentTraffic: 6 }], ['a']],
    ['has another segment', [{}], [{ segments: { or: [{ user: 'ann' }] } }], ['a']],
    ['names another feature, too', [{}], [{ featureIds: [1, 2] }], ['b']],
    ['is gone', [{ featureIds: [2] }], [], ['b']],
    ['has another name', [{}], [{ name: 'Q4' }], []],
  ])('where one %s', async (_what, before, after, units) => {
    expect(await unknownIn(settings(...before), settings(...after))).toEqual(
      units.map((unit) => [unit, ['heldOut']]),
    )
  })

  it('for users who are given with variables, too', async () => {
    const [unit] = await preview(settings(), settings({}), [{ id: 'ann', customVariables: { plan: 'gold' } }])
    expect(unit?.unknown).toEqual(['heldOut'])
  })

  it('of a feature in a group with one that has other holdouts', async () => {
    const file = fmeSettings(
      ['a', 'b'].map((key) => ({ key, rules: [abTest()] })),
      { groups: { 1: { campaigns: ['11', '21'] } }, campaignGroups: { 11: 1, 21: 1 } },
    )
    const after = { ...file, holdouts: [holdout({})] }
    expect(await unknownIn(file, after)).toEqual(['a', 'b'].map((unit) => [unit, ['heldOut']]))
  })

  it('and not of what else has changed, where holdouts are as before', async () => {
    const after = settings({})
    after.features[0] = { ...(after.features[0] ?? expect.fail()), rules: [] }
    expect(await unknownIn(settings({}), after)).toEqual([['a', []]])
  })
})

describe('an explanation', () => {
  const stepsOf = async (file: SettingsFile, unit = 'a') => {
    const { steps, isConsistent } = await explain(file, unit, { id: 'ann' })
    expect(isConsistent).toBe(true)
    return steps.filter(({ step }) => step === 'holdout')
  }

  it('names the holdouts of the feature, without deciding by them', async () => {
    const segments = { or: [{ custom_variable: { plan: 'gold' } }] }
    const file = settings({}, { id: 2, name: 'all', isGlobal: true, percentTraffic: 5, segments })
    const said =
      'SDKs since 1.39 may hold this user out, and then the feature is off. That is not decided here: the SDK of the hub knows no holdouts.'
    const all = 'all: 5 % of users with plan = "gold"'
    expect(await stepsOf(file)).toEqual([
      { step: 'holdout', isPassed: true, text: said, details: [all, 'Q3: 100 % of users'] },
    ])
    expect(await stepsOf(file, 'b')).toMatchObject([{ details: [all] }])
  })

  it('says nothing of holdouts that hold nobody of the feature out', async () => {
    expect(await stepsOf(settings({ percentTraffic: 0 }))).toEqual([])
    expect(await stepsOf(settings({}), 'b')).toEqual([])
  })
})
