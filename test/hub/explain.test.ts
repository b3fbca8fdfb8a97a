import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normaliseSettings } from '@vwo-hub/protocol/fullstack'
import type { Explanation } from '../../packages/hub/dist/product/explanation.js'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'
import { explanationOf } from '../../packages/hub/dist/product/fullstack/explain/explanation-of.js'
import { decideAndTrace } from '../../packages/hub/dist/product/fullstack/explain/decide-one.js'
import { isOn } from '../../packages/hub/dist/product/fullstack/dry-run/decisions.js'
import { quietly } from '../support/quietly.ts'
import { copySdk, launchQuietly, silent } from '../support/sdk-copy.ts'
import { campaignKeys, settingsFiles, userIds } from '../support/settings-arbitrary.ts'
import {
  abTest,
  featureRollout,
  featureTest,
  settingsFile,
  variation,
  type PlainSettingsFile,
} from '../support/settings-file.ts'
import { runs } from '../support/runs.ts'

const visitors = [
  {},
  { customVariables: { plan: 'gold', visits: '5' } },
  {
    customVariables: { plan: 'GOLD', visits: '1' },
    variationTargetingVariables: { plan: 'gold', visits: '4' },
  },
]

/** As a hub stores it. */
function stored(file: PlainSettingsFile): PlainSettingsFile {
  const copy = structuredClone(file)
  normaliseSettings(copy)
  return copy
}

/** Everything that can be asked of a settings-file, with the answers of a copy of the SDK that nobody listens to. */
function* questionsOf(file: PlainSettingsFile) {
  const vwo = launchQuietly(copySdk().sdk, {
    settingsFile: structuredClone(file),
    isDevelopmentMode: true,
    logging: silent,
  })
  const campaigns = Array.isArray(file.campaigns) ? (file.campaigns as { key: string; type: string }[]) : []
  for (const [index, userId] of userIds.entries()) {
    const visitor = visitors[index % visitors.length] ?? {}
    for (const campaignKey of [...campaignKeys, 'unknown']) {
      const type = campaigns.find(({ key }) => key === campaignKey)?.type
      const answer =
        type === 'FEATURE_ROLLOUT'
          ? { isFeatureEnabled: isOn(vwo.isFeatureEnabled(campaignKey, userId, visitor)) }
          : { variation: vwo.getVariationName(campaignKey, userId, visitor) }
      yield { question: { unit: campaignKey, userId, ...visitor }, answer }
    }
  }
}

/** What cannot be, whatever was decided. */
function contradictionsIn({ steps, isIn, isConsistent }: Explanation): string[] {
  const last = steps.at(-1)
  const [, limit, number, side] =
    /takes ([\d.]+) % of them: the user's number from 1 to 100 is (\d+), .*: (in|out)\.$/.exec(
      steps.find(({ step }) => step === 'traffic')?.text ?? '',
    ) ?? []
  return [
    isConsistent ? '' : 'the steps lead to another answer',
    steps.slice(0, -1).every(({ isPassed }) => isPassed) ? '' : 'a step comes after the end of the way',
    isIn === (last?.isPassed === true || / gives this user /.test(last?.text ?? ''))
      ? ''
      : 'the last step is not what decides',
    number === undefined || Number(number) <= Number(limit) === (side === 'in') ? '' : 'the traffic is wrong',
    steps.every(({ text, details }) => !/undefined|NaN|null/.test([text, ...details].join()))
      ? ''
      : 'odd words',
  ].filter((contradiction) => contradiction !== '')
}

describe('of any settings-file and user', () => {
  it('the steps lead to what the SDK answers, and listening does not change that', () => {
    fc.assert(
      fc.property(settingsFiles.map(stored), (file) => {
        const text = Buffer.from(JSON.stringify(file))
        const { sdk, inside } = copySdk()
        for (const { question, answer } of questionsOf(file)) {
          const decided = quietly(() => decideAndTrace({ sdk, inside }, { text, ...question }))
          const explanation = explanationOf(question, decided)
          expect(explanation.decision).toMatchObject(answer)
          expect([question, explanation.steps, contradictionsIn(explanation)]).toEqual([
            question,
            explanation.steps,
            [],
          ])
        }
      }),
      { numRuns: runs(15) },
    )
  })
})

const asked = copySdk()

/** In this thread: to load the SDK in another one, as a hub does, costs more than all that is asked here. */
function ask(file: PlainSettingsFile, unit: string, userId: string, more: object = {}) {
  const question = { text: Buffer.from(JSON.stringify(file)), unit, userId, ...more }
  const explanation = explanationOf(
    question,
    quietly(() => decideAndTrace(asked, question)),
  )
  expect(contradictionsIn(explanation)).toEqual([])
  return { ...explanation, texts: explanation.steps.map(({ text }) => text) }
}

describe('an explanation', () => {
  it('follows a user to the variation', async () => {
    const file = settingsFile({ campaigns: [abTest('checkout-test', { percentTraffic: 80 })] })
    const { texts, ...explanation } = ask(file, 'checkout-test', 'user-1')
    const { decision, steps } = explanation
    expect(decision).toEqual({ variation: 'Variation-1' })
    expect(texts).toEqual([
      'The campaign is an A/B test, and running.',
      'Whitelisting is off.',
      'The campaign is for all users.',
      "The campaign takes 80 % of them: the user's number from 1 to 100 is 65, not above 80: in.",
      "The user's number from 1 to 10000 is 8053: Variation-1.",
    ])
    expect(steps.at(-1)?.details).toEqual(['Control: 1 to 5000', 'Variation-1: 5001 to 10000'])

    // A hub has it said in a thread.
    const text = Buffer.from(JSON.stringify(file))
    const question = { environment: 'prod', text, unit: 'checkout-test', userId: 'user-1' }
    expect(await defaultProduct.open().explain(question)).toEqual(explanation)
  })

  it('ends where the traffic ends', () => {
    const file = settingsFile({ campaigns: [abTest('checkout-test', { percentTraffic: 64 })] })
    const { isIn, texts } = ask(file, 'checkout-test', 'user-1')
    expect([isIn, texts.at(-1)]).toEqual([
      false,
      "The campaign takes 64 % of them: the user's number from 1 to 100 is 65, above 64: out.",
    ])
  })

  it('says which condition of a segment is not met, and what the user has instead', () => {
    const segments = {
      and: [{ custom_variable: { plan: 'gold' } }, { not: { custom_variable: { country: 'lower(de)' } } }],
    }
    const file = settingsFile({ campaigns: [featureRollout('menu', { segments })] })
    const { decision, steps } = ask(file, 'menu', 'ann', { customVariables: { plan: 'free' } })
    expect(decision).toEqual({ isFeatureEnabled: false })
    expect(steps.at(-1)).toEqual({
      step: 'segment',
      isPassed: false,
      text: 'The campaign is for plan = "gold" and not country = "lower(de)": this user is not.',
      details: ['plan = "gold": no, plan is "free"', 'country = "lower(de)": no, country is not given'],
    })
  })

  it('knows whom whitelisting gives what, and does not name other users', () => {
    const file = settingsFile({
      campaigns: [
        featureTest('price', {
          isForcedVariationEnabled: true,
          percentTraffic: 0,
          variations: [
            variation(1, 'Control', 50, { isFeatureEnabled: false, variables: [] }),
            variation(2, 'Variation-1', 50, {
              isFeatureEnabled: true,
              variables: [{ id: 1, key: 'discount', type: 'integer', value: 12 }],
              segments: { user: 'ann, bob' },
            }),
          ],
        }),
      ],
    })
    const ann = ask(file, 'price', 'ann')
    expect(ann.decision).toEqual({
      variation: 'Variation-1',
      isFeatureEnabled: true,
      variables: { colour: null, discount: 12 },
    })
    expect(ann.steps.at(-1)).toMatchObject({
      text: 'Whitelisting gives this user Variation-1, whatever comes below.',
      details: ['Variation-1: 2 users: yes'],
    })
    const eve = ask(file, 'price', 'eve')
    expect(eve.texts).toContain('Whitelisting is on, but not for this user.')
    expect(JSON.stringify(eve)).not.toContain('bob')
  })

  it('says which campaign of a group gets the user, and how', () => {
    const [a, b] = [abTest('a'), abTest('b')]
    const ids = [Number(a.id), Number(b.id)]
    const grouped = (how: object, second = b) =>
      settingsFile({
        campaigns: [a, second],
        groups: { 7: { name: 'pages', campaigns: ids, ...how } },
        campaignGroups: Object.fromEntries(ids.map((id) => [String(id), 7])),
      })
    const [byShare, byShareB] = [ask(grouped({}), 'a', 'ann'), ask(grouped({}), 'b', 'ann')]
    expect([byShare.isIn, byShareB.isIn].filter(Boolean)).toHaveLength(1)
    const winner = byShare.isIn ? 'a' : 'b'
    const lost = byShare.isIn ? byShareB : byShare
    expect(lost.texts.at(-1)).toMatch(
      new RegExp(
        `^Group pages: the user's number .* is \\d+, ${winner} gets the user, not this campaign\\.$`,
      ),
    )
    expect(lost.steps.at(-1)?.details).toEqual([
      'could get the user: a, b',
      'could not: none',
      'a: 1 to 5000',
      'b: 5001 to 10000',
    ])
    const byPriority = ask(grouped({ et: 2, p: [ids[1]] }), 'a', 'ann')
    expect(byPriority.texts.at(-1)).toBe('Group pages: by priority b gets the user, not this campaign.')
    const noWeights = ask(grouped({ et: 2 }), 'a', 'ann')
    expect(noWeights.texts.at(-1)).toMatch(/^Group pages: the user's number .*, no campaign gets the user\.$/)
    const alone = ask(grouped({}, { ...b, percentTraffic: 0 }), 'a', 'ann')
    expect(alone.texts).toContain('Group pages: no other campaign could get the user.')
    const forced = { segments: { user: 'ann' } }
    const whitelisting = {
      ...b,
      isForcedVariationEnabled: true,
      variations: [variation(1, 'Control', 100, forced)],
    }
    const elsewhere = ask(grouped({}, whitelisting), 'a', 'ann')
    expect(elsewhere.texts.at(-1)).toBe(
      'Group pages: the user is whitelisted for b, and so not in this campaign.',
    )
  })

  it.each([
    ['unknown', 'There is no campaign unknown: it is paused, deleted or has another key.'],
    ['paused', 'The campaign is an A/B test that is not running: its status is PAUSED.'],
    [
      'bandit',
      'The campaign is a feature rollout, running, and a multi-armed bandit. For a multi-armed bandit, activate and isFeatureEnabled decide only where launch has a userStorageService.',
    ],
    ['\u001B[31m', 'There is no campaign "\uFFFD[31m": it is paused, deleted or has another key.'],
  ])('ends at once for the campaign %j', (key, text) => {
    const campaigns = [abTest('paused', { status: 'PAUSED' }), featureRollout('bandit', { isMAB: true })]
    const { isIn, texts } = ask(settingsFile({ campaigns }), key, 'ann')
    expect([isIn, texts]).toEqual([false, [text]])
  })

  it('says where a user falls into no range, because weights do not add up', () => {
    const variations = [variation(1, 'Control', 0), variation(2, 'Variation-1', 10)]
    const { isIn, steps } = ask(settingsFile({ campaigns: [abTest('a', { variations })] }), 'a', 'user-1')
    expect([isIn, steps.at(-1)]).toMatchObject([
      false,
      {
        text: "The user's number from 1 to 10000 is 6442, and in no variation's range.",
        details: ['Control: none', 'Variation-1: 1 to 1000'],
      },
    ])
  })
})
