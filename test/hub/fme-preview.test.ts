/**
 * Whom a change of FME moves, foretold and by brute force: `MOVES_PAIRS` gives how many pairs of settings-files.
 */
import * as fc from 'fast-check'
import { findGroupedRollout, type SettingsFile, normaliseSettings } from '@vwo-hub/protocol/fme'
import { afterAll, describe, expect, it } from 'vitest'
import { fme } from '../../packages/hub/dist/product/fme/fme.js'
import { decideAll } from '../../packages/hub/dist/product/fme/preview/decide-all.js'
import { planComparisons, withOnly } from '../../packages/hub/dist/product/fme/preview/plan.js'
import { populationsOf } from '../../packages/hub/dist/product/fme/preview/populations.js'
import { createAccepts, segmentsWith } from '../../packages/hub/dist/product/fme/segments.js'
import { countMoves } from '../../packages/hub/dist/product/preview/count.js'
import { given, usersOf } from '../../packages/hub/dist/product/preview/populations.js'
import { movingOf, movingShareOf } from '../../packages/hub/dist/product/preview/preview.js'
import { unitInWords } from '../../packages/hub/dist/product/preview/moves-in-words.js'
import { syntheticUsers, type User } from '../../packages/hub/dist/product/users.js'
import { fmeFiles } from '../support/fme-arbitrary.ts'
import { copyFmeSdk, NEVER_POLLS, recordingNetwork } from '../support/fme-copy.ts'
import { fmeInThisThread } from '../support/fme-in-this-thread.ts'
import { abTest, fmeSettings, personalise, rollout } from '../support/fme-settings.ts'
import { runs } from '../support/runs.ts'

const PAIRS = Number(process.env['MOVES_PAIRS'] ?? runs(3))

const judging = fme.open()
afterAll(() => judging.close())

const text = (file: object): Buffer => Buffer.from(JSON.stringify(file))
const { start, preview: previewHere } = fmeInThisThread()

/** Every combination of what the generated segments ask for. */
const users: User[] = ['ann', 'bert', 'emil'].flatMap((id) =>
  [{}, { plan: 'gold', age: '20' }, { plan: 'silver', age: '3' }].flatMap((customVariables) =>
    [
      {},
      { ipAddress: '10.0.0.1', userAgent: 'Mozilla Firefox' },
      { ipAddress: '10.0.0.2', userAgent: 'Chrome', _vwo: { location: { country: 'DE' } } },
    ].map((context) => ({ id, customVariables, context })),
  ),
)

/** What users get of each feature by a fresh SDK and plain calls: whether it is on, by what, and with which variables. */
async function answersOf(file: SettingsFile, keys: readonly string[]): Promise<Map<string, string[]>> {
  let made: { [name: string]: unknown } = {}
  const client = await copyFmeSdk().init({
    accountId: String(file.accountId),
    sdkKey: 'key',
    settings: structuredClone(file),
    network: recordingNetwork(),
    logger: { transports: [{ level: 'ERROR', log() {} }] },
    integrations: { callback: (decision: typeof made) => void (made = decision) },
    pollInterval: NEVER_POLLS,
  })
  const answers = new Map<string, string[]>()
  for (const key of keys) {
    const own: string[] = []
    for (const { id, customVariables, context } of users) {
      made = {}
      const flag = await client.getFlag(key, { id, customVariables: { ...customVariables }, ...context })
      const { experimentKey, experimentVariationId, rolloutKey } = made
      const values = flag.getVariables().map(({ key: name, value }) => [name, value])
      own.push(
        flag.isEnabled()
          ? JSON.stringify([experimentKey ?? rolloutKey, experimentVariationId ?? '', values])
          : 'off',
      )
    }
    answers.set(key, own)
  }
  return answers
}

describe('of any two settings-files of FME', () => {
  it('every user who gets something else is counted, also of the features that are not compared', async () => {
    const usable = fmeFiles.map((file) => {
      normaliseSettings(file)
      return file
    })
    const pairs = fc.tuple(usable, usable, fc.boolean()).map(([one, other, isNear]) => {
      // What has not changed need not be compared.
      const near = { ...one, groups: other.groups, campaignGroups: other.campaignGroups }
      // Those that are refused the SDK does not come out of.
      return [one, isNear && findGroupedRollout(near) === undefined ? near : other] as const
    })
    await fc.assert(
      fc.asyncProperty(pairs, async ([previous, next]) => {
        const comparisons = planComparisons(previous, next)
        const compared = new Set(comparisons.map(({ key }) => key))
        const decide = async (file: SettingsFile, side: 'before' | 'after') => {
          const jobs = comparisons.flatMap(({ key, [side]: feature }) =>
            feature === undefined ? [] : [{ key, type: feature.type, population: given }],
          )
          const progress = new Int32Array(1)
          const question = { text: text(withOnly(file, compared)), jobs, users, progress }
          const picks = await decideAll(start, question)
          return new Map(jobs.map(({ key }, index) => [key, picks[index]]))
        }
        const [before, after] = [await decide(previous, 'before'), await decide(next, 'after')]
        const keys = ['checkout', 'menu', 'search', 'idle']
        const [from, to] = [await answersOf(previous, keys), await answersOf(next, keys)]
        for (const key of keys) {
          const [got, gets] = [from.get(key) ?? [], to.get(key) ?? []]
          const moved = got.filter((answer, index) => answer !== gets[index]).length
          const entered = got.filter((answer, index) => answer === 'off' && gets[index] !== 'off').length
          const counted = countMoves(before.get(key), after.get(key), users.length)
          expect([key, movingOf(counted), counted.enter]).toEqual([key, moved, entered])
        }
      }),
      { numRuns: PAIRS, ...(PAIRS === 3 && { seed: 7 }) },
    )
  }, 600_000)
})

const preview = async (before: SettingsFile, after: SettingsFile, more: { users?: User[] | number } = {}) =>
  await judging.preview({ environment: 'prod', previous: text(before), next: text(after), ...more })

const is = (name: string, condition: string) => ({ or: [{ custom_variable: { [name]: condition } }] })
const label = (value: string) => [{ id: 1, key: 'label', type: 'string', value }]

describe('a preview of FME', () => {
  it('says of each feature who is moved, in words of its rules', async () => {
    const file = (weight: number, plan: string, words: string) =>
      fmeSettings([
        {
          key: 'checkout',
          rules: [personalise({ segments: is('plan', plan), variables: label('For you') }), abTest()],
        },
        { key: 'menu', rules: [rollout({ weight, variables: label(words) })] },
        { key: 'idle' },
      ])
    const { noun, units, ...rest } = await preview(file(100, 'gold', 'Eat'), file(50, 'silver', 'Drink'), {
      users: 50,
    })
    expect({ noun, ...rest }).toEqual({ noun: 'feature', users: 10 })
    const [checkout, menu] = units
    expect(units.map(({ unit }) => unit)).toEqual(['checkout', 'menu'])
    const { moving, still, unknown } = unitInWords(checkout ?? expect.fail())
    expect({ still, unknown }).toEqual({
      still: 'none of 10 users who fit no segment moves',
      unknown: undefined,
    })
    const flows = moving.find(({ text: said }) => said.includes('rule1 only now'))
    expect(flows?.text).toBe(
      'of users who fit rule1 only now 100.0 % move: 0 % enter, 0 % leave, 100.0 % get something else',
    )
    expect(flows?.flows.join()).toContain('rule2 Control → rule1')
    const words = unitInWords(menu ?? expect.fail()).moving[0]?.flows.join()
    expect(words).toContain('rule1 → nothing')
    expect(words).toContain(`"rule1, label 'Eat'" → "rule1, label 'Drink'"`)
  })

  it('has nothing to say where nothing decides otherwise', async () => {
    const file = fmeSettings([{ key: 'a', rules: [rollout(), abTest()] }])
    const renamed = { ...file, collectionPrefix: 'eu01', features: file.features.map((one) => ({ ...one })) }
    expect(await preview(file, renamed, { users: 10 })).toEqual({ noun: 'feature', users: 2, units: [] })
  })

  it('is of a feature, too, that asks for another one which is gone', () => {
    const segments = { or: [{ featureId: { 2: 'on' } }] }
    const asking = { key: 'asking', rules: [rollout({ segments })] }
    const compared = planComparisons(fmeSettings([asking, { key: 'asked' }]), fmeSettings([asking]))
    expect(compared.map(({ key, kind }) => [key, kind])).toEqual([
      ['asking', 'changed'],
      ['asked', 'removed'],
    ])
  })

  it.each([
    ['a test', '13', ['a']],
    // Without a rollout's decision the group cannot choose for the others.
    ['a rollout, and of those in a group with it', '21', ['a', 'b']],
  ])('is of a feature, too, whose group is not there any more: that of %s', async (_what, lost, off) => {
    const file = (more: object) =>
      fmeSettings(
        [
          { key: 'a', rules: [rollout(), abTest(), abTest()] },
          { key: 'b', rules: [rollout(), abTest()] },
        ],
        {
          groups: { '1': { name: 'both', campaigns: ['12', '22'] } },
          campaignGroups: { '12': 1, '22': 1, ...more },
        },
      )
    const units = await previewHere(file({}), file({ [lost]: 9 }))
    const left = units.filter(({ populations }) => populations.some(({ leave }) => leave > 0))
    expect(left.map(({ unit }) => unit)).toEqual(off)
  })

  it('decides for given users with all that they bring', async () => {
    const inside = { or: [{ ip_address: '10.0.0.1' }] }
    const [before, after] = [{}, inside].map((segments) =>
      fmeSettings([{ key: 'a', rules: [rollout({ segments })] }]),
    ) as [SettingsFile, SettingsFile]
    const own = ['10.0.0.1', '10.0.0.2'].map((ipAddress) => ({ id: 'ann', context: { ipAddress } }))
    expect((await previewHere(before, after, own))[0]?.populations).toMatchObject([
      { fits: 'given', users: 2, leave: 1, enter: 0 },
    ])
  })

  it('keeps to the sdkKey what is its own', async () => {
    const named = (name: string) =>
      fmeSettings([{ key: `a ${name}`, rules: [rollout()] }], { sdkKey: 'a-secret-key' })
    const found = await preview(named('x'), named('a-secret-key'), { users: 5 })
    expect(JSON.stringify(found)).not.toContain('a-secret-key')
  })
})

describe('kinds of users of a feature', () => {
  const kinds = async (before: SettingsFile, after: SettingsFile) => {
    const segments = segmentsWith(createAccepts(start, after.features))
    const [comparison = expect.fail()] = planComparisons(before, after)
    const { populations, unknown } = await populationsOf(comparison, segments)
    return { with: populations.map((each) => each.with), populations, unknown }
  }
  const ofRollout = (segment: Record<string, unknown>) =>
    fmeSettings([{ key: 'a', rules: [rollout({ segments: segment })] }])

  it('are found of a segment that was changed', async () => {
    const found = await kinds(ofRollout(is('plan', 'gold')), ofRollout(is('plan', 'wildcard(g*)')))
    expect(found.with).toEqual(['who fit rule1', 'who fit no segment', 'who fit rule1 only now'])
    expect(found.unknown).toEqual([])
  })

  it.each([
    ['an address', { or: [{ ip_address: '10.0.0.7' }] }, { context: { ipAddress: '10.0.0.7' } }],
    ['an agent', { or: [{ ua: 'wildcard(*Firefox*)' }] }, { context: { userAgent: 'Firefox' } }],
    ['a place', { and: [{ country: 'DE' }] }, { context: { _vwo: { location: { country: 'DE' } } } }],
    [
      'a device',
      { or: [{ device_type: 'mobile' }] },
      { context: { _vwo: { userAgent: { device_type: 'mobile' } } } },
    ],
    ['a list of users', { or: [{ user: 'ann,bert' }] }, { ids: ['ann', 'bert'] }],
    ['a feature that is there', { or: [{ featureId: { 1: 'off' } }] }, { fits: 'all' }],
  ])('are made for %s', async (_what, segment: Record<string, unknown>, made) => {
    const { populations, unknown } = await kinds(ofRollout({}), ofRollout(segment))
    expect(populations[0]).toMatchObject({ with: 'who fit rule1', ...made })
    expect(unknown).toEqual([])
  })

  it('are those who are listed for a variation of a test', async () => {
    const test = (list: string) =>
      fmeSettings([
        {
          key: 'a',
          rules: [
            abTest({
              isForcedVariationEnabled: true,
              variations: [1, 2].map((id) => ({
                ...{ id, name: `V${id}`, weight: 50, variables: label(`${id}`) },
                segments: id === 2 ? { or: [{ user: list }] } : {},
              })),
            }),
          ],
        },
      ])
    const { populations } = await kinds(test('ann'), test('ann, bert'))
    const listed = populations.filter((each) => each.with?.startsWith('listed') === true)
    expect(listed.map(({ ids }) => ids)).toContainEqual(['bert'])
    expect(usersOf(listed[0] ?? expect.fail(), syntheticUsers(5))).toEqual([{ id: 'ann' }])
    const units = await previewHere(test('ann'), test('ann, bert'))
    expect(units.map(movingShareOf)).toEqual([expect.toSatisfy((share) => share === 0 || share === 1)])
  })

  it('are called unknown where none can be made, instead of nobody', async () => {
    const asking = ofRollout({ or: [{ featureId: { 7: 'on' } }] })
    expect((await kinds(ofRollout({}), asking)).unknown).toEqual(['after'])
  })
})
