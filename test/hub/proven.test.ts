import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { HubError } from '../../packages/hub/dist/errors.js'
import { partsOf } from '../../packages/hub/dist/product/fullstack/judge/parts.js'
import { createProven } from '../../packages/hub/dist/product/judge/proven.js'
import { createTry } from '../../packages/hub/dist/product/fullstack/judge/try-parts.js'
import type { VwoInstance } from '../../packages/hub/dist/product/fullstack/dry-run/sdk.js'
import type { Warnings } from '../../packages/hub/dist/product/product.js'
import { loadSdk } from '../../packages/hub/dist/product/fullstack/dry-run/load-sdk.js'
import { createExamine } from '../../packages/hub/dist/product/fullstack/judge/examine.js'
import { format } from '../../packages/hub/dist/product/fullstack/judge/format.js'
import { createJudge, type JudgeAnswer } from '../../packages/hub/dist/product/judge/judge.js'
import { openChecker } from '../support/checker.ts'
import { replaceAt } from '../support/replace-at.ts'
import { settingsPairs } from '../support/settings-arbitrary.ts'
import { abTest, featureTest, settingsFile, variation } from '../support/settings-file.ts'
import { runs } from '../support/runs.ts'

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
const asUnknown = (file: object): string => JSON.stringify({ ...file, unheardOf: (serial += 1) })

const file = (...campaigns: object[]) => ({ ...settingsFile(), campaigns })
const inNobody = { or: [{ custom_variable: { country: 'wildcard' } }] }

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
    for (const name of Object.keys(whole)) {
      for (const other of others) {
        await verdictOn(JSON.stringify(whole))
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

describe('[invariant 3] what a hub finds published after its start', () => {
  /** A thread that has just started. @param onLaunch - Told the keys of the campaigns that the SDK is launched with. */
  function startJudge(onLaunch: (keys: readonly string[]) => void = () => {}) {
    const loaded = loadSdk('vwo-node-sdk')
    if (!loaded.ok) throw new Error(loaded.why)
    const sdk: typeof loaded.sdk = {
      launch(config) {
        onLaunch((config.settingsFile as SettingsFile).campaigns.map(({ key }) => key))
        // It prints past every logger.
        vi.spyOn(console, 'info').mockReturnValue()
        return loaded.sdk.launch(config)
      },
    }
    // A copy of the SDK is made lighter once, not once for each thread of this test.
    const inside = (): never => {
      throw new Error('left as it is')
    }
    const [proven, progress] = [createProven(), new Int32Array(1)]
    const examine = createExamine({ ok: true, sdk, inside }, { proven, progress })
    const judge = createJudge({ format, examine, proven, progress })
    return async (
      text: string,
      previous?: { text: string; sha256: string; warnings: Warnings | undefined },
    ) => {
      const body = Buffer.from(text)
      const { proven: _, ...answer } = (await judge({
        ...{ body, maxBytes: 1e6, owner: {}, isStrict: false },
        previous: previous && { ...previous, text: Buffer.from(previous.text) },
      })) as Extract<JudgeAnswer, { ok: true }>
      return answer
    }
  }

  it('makes it say of the next change what it says when it tries everything, warnings included', async () => {
    const anything = fc.constantFrom<unknown>(null, [], {}, '', 0, -1, 'x', [null], 'regex(', { or: null })
    const outcomes = { accepted: 0, warned: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(
        settingsPairs,
        fc.option(fc.tuple(fc.nat(), anything)),
        fc.option(fc.tuple(fc.nat(), anything)),
        fc.constantFrom('few', 'all'),
        fc.nat(),
        async ([first, other], damageBefore, damageAfter, changed, version) => {
          const before = structuredClone(first)
          if (damageBefore !== null) replaceAt(before, ...damageBefore)
          const text = JSON.stringify(before)
          const published = await startJudge()(text)
          if (!published.ok) return
          const after = structuredClone(changed === 'few' ? before : other)
          const next = { ...after, version }
          if (damageAfter !== null) replaceAt(next, ...damageAfter)
          const { sha256, warnings } = published
          const ask = JSON.stringify(next)
          const known = await startJudge()(ask, { text, sha256, warnings })
          // The thread that has judged both.
          const goesOn = startJudge()
          await goesOn(text)
          expect(known).toEqual(await goesOn(ask, { text, sha256, warnings }))
          const {
            summary: _said,
            ending: _ended,
            ...whole
          } = await startJudge()(ask, { text, sha256, warnings: undefined })
          expect(known).toMatchObject(whole)
          if (!known.ok) outcomes.refused += 1
          else outcomes[known.warnings.count > 0 ? 'warned' : 'accepted'] += 1
        },
      ),
      { numRuns: runs(200) },
    )
    expect(outcomes.accepted).toBeGreaterThan(0)
    expect(outcomes.warned).toBeGreaterThan(0)
    expect(outcomes.refused).toBeGreaterThan(0)
  })

  it('is not tried again where a hub of its version has published it, apart from what something was told about', async () => {
    const variations = [variation(1, 'Control', 50), variation(2, 'On', 50, { variables: [] })]
    const mute = featureTest('mute', { id: 2, variations })
    const before = file(abTest('a', { id: 1 }), mute, { ...mute, key: 'a', id: 3 }, abTest('c', { id: 4 }))
    const text = JSON.stringify(before)
    const { sha256, warnings } = await startJudge()(text)
    const next = { ...before, campaigns: [...before.campaigns, abTest('d', { id: 5 })], version: 2 }
    const launched: string[] = []
    const judge = startJudge((keys) => launched.push(...keys))
    await judge(JSON.stringify(next), { text, sha256, warnings })
    expect(launched).toEqual(expect.arrayContaining(['a', 'mute', 'd']))
    expect(launched).not.toContain('c')
  })
})

describe('what is tried', () => {
  /** Tries with an SDK that only notes what it is asked for. @returns The keys of the campaigns, each once and in order. */
  function setUp(remembered: readonly Uint8Array[] = []) {
    let asked = new Set<string>()
    const note = (key: string | null): void => void asked.add(key ?? '')
    const vwo: VwoInstance = {
      activate: note,
      getVariationName: note,
      isFeatureEnabled: note,
      getFeatureVariableValue: note,
      track: note,
      push: note,
    }
    const proven = createProven(remembered)
    const tryFile = createTry({
      launch: () => ({
        ok: true,
        trial: { vwo, stored: { variationName: undefined }, takeErrors: () => [] },
      }),
      proven,
      progress: new Int32Array(1),
    })
    const tried = (next: object): string[] => {
      asked = new Set()
      tryFile(next as SettingsFile, partsOf(next as SettingsFile))
      return [...asked]
    }
    return { tried, take: proven.take }
  }

  it('is a new or changed campaign, and nothing when none is', () => {
    const { tried } = setUp()
    expect(tried(file(abTest('a'), abTest('b')))).toEqual(['a', 'b'])
    expect(tried(file(abTest('a'), abTest('b')))).toEqual([])
    expect(tried(file(abTest('b'), abTest('a')))).toEqual([])
    expect(tried(file(abTest('a'), abTest('b', { percentTraffic: 7 }), featureTest('c')))).toEqual(['b', 'c'])
    expect(tried(file(abTest('a')))).toEqual([])
  })

  it('is nothing when only the version has risen, as with each change at VWO', () => {
    const { tried } = setUp()
    expect(tried({ ...file(abTest('a')), version: 1 })).toEqual(['a'])
    expect(tried({ ...file(abTest('a')), version: 2 })).toEqual([])
    expect(tried({ ...file(abTest('a'), abTest('b')), version: 3 })).toEqual(['b'])
  })

  it.each([{ isNB: true }, { isNBv2: true }, { isEventArchEnabled: true }, { accountId: 7 }, { novel: 1 }])(
    'is everything under another context: %j',
    (other) => {
      const { tried } = setUp()
      expect(tried(file(abTest('a')))).toEqual(['a'])
      expect(tried({ ...file(abTest('a')), ...other })).toEqual(['a'])
    },
  )

  it('is a group with its members when one of its campaigns is another than before, and of the others none', () => {
    const { tried } = setUp()
    const grouped = (...campaigns: object[]) => ({
      ...file(...campaigns),
      campaignGroups: { 1: 5, 2: 5 },
      groups: { 5: { name: 'five', campaigns: [1, 2, 3] } },
    })
    const at = (key: string, id: number, percentTraffic = 100) => abTest(key, { id, percentTraffic })
    expect(tried(grouped(at('a', 1), at('b', 2), at('c', 3), at('d', 4)))).toEqual(['a', 'b', 'c', 'd'])
    expect(tried(grouped(at('a', 1), at('b', 2), at('c', 3), at('d', 4)))).toEqual([])
    expect(tried(grouped(at('a', 1), at('b', 2, 7), at('c', 3), at('d', 4))).toSorted()).toEqual([
      'a',
      'b',
      'c',
    ])
    expect(tried(grouped(at('a', 1), at('b', 2, 7), at('c', 3), at('d', 4, 7)))).toEqual(['d'])
    // The third is in it by the word of the group alone.
    expect(tried(grouped(at('a', 1), at('b', 2, 7), at('d', 4, 7)))).toEqual(['a', 'b'])
  })

  it('is a campaign that stood behind another one of its key, once it is the first', () => {
    const { tried } = setUp()
    const shadowed = abTest('a', { id: 2, segments: inNobody, variations: [variation(1, 'Control', 100)] })
    expect(tried(file(abTest('a'), shadowed))).toEqual(['a'])
    expect(tried(file(abTest('a'), shadowed))).toEqual([])
    expect(tried(file(shadowed))).toEqual(['a'])
    expect(tried(file(shadowed))).toEqual([])
  })

  it('is not what another thread has tried', () => {
    const first = setUp()
    first.tried(file(abTest('a'), abTest('b')))
    const second = setUp([first.take()])
    expect(second.tried(file(abTest('a'), abTest('b'), abTest('c')))).toEqual(['c'])
    expect(first.take()).toHaveLength(0)
  })
})
