import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { describe, expect, it } from 'vitest'
import type { VwoInstance } from '../../packages/hub/dist/product/fullstack/dry-run/sdk.js'
import { partsOf } from '../../packages/hub/dist/product/fullstack/judge/parts.js'
import { createTry } from '../../packages/hub/dist/product/fullstack/judge/try-parts.js'
import { createProven } from '../../packages/hub/dist/product/judge/proven.js'
import { file } from '../support/check-as-hub.ts'
import { abTest, featureTest, variation } from '../support/settings-file.ts'

const inNobody = { or: [{ custom_variable: { country: 'wildcard' } }] }

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
    const tried = async (next: object): Promise<string[]> => {
      asked = new Set()
      await tryFile(next as SettingsFile, partsOf(next as SettingsFile))
      return [...asked]
    }
    return { tried, take: proven.take }
  }

  it('is a new or changed campaign, and nothing when none is', async () => {
    const { tried } = setUp()
    expect(await tried(file(abTest('a'), abTest('b')))).toEqual(['a', 'b'])
    expect(await tried(file(abTest('a'), abTest('b')))).toEqual([])
    expect(await tried(file(abTest('b'), abTest('a')))).toEqual([])
    expect(await tried(file(abTest('a'), abTest('b', { percentTraffic: 7 }), featureTest('c')))).toEqual([
      'b',
      'c',
    ])
    expect(await tried(file(abTest('a')))).toEqual([])
  })

  it('is nothing when only the version has risen, as with each change at VWO', async () => {
    const { tried } = setUp()
    expect(await tried({ ...file(abTest('a')), version: 1 })).toEqual(['a'])
    expect(await tried({ ...file(abTest('a')), version: 2 })).toEqual([])
    expect(await tried({ ...file(abTest('a'), abTest('b')), version: 3 })).toEqual(['b'])
  })

  it.each([{ isNB: true }, { isNBv2: true }, { isEventArchEnabled: true }, { accountId: 7 }, { novel: 1 }])(
    'is everything under another context: %j',
    async (other) => {
      const { tried } = setUp()
      expect(await tried(file(abTest('a')))).toEqual(['a'])
      expect(await tried({ ...file(abTest('a')), ...other })).toEqual(['a'])
    },
  )

  it('is a group with its members when one of its campaigns is another than before, and of the others none', async () => {
    const { tried } = setUp()
    const grouped = (...campaigns: object[]) => ({
      ...file(...campaigns),
      campaignGroups: { 1: 5, 2: 5 },
      groups: { 5: { name: 'five', campaigns: [1, 2, 3] } },
    })
    const at = (key: string, id: number, percentTraffic = 100) => abTest(key, { id, percentTraffic })
    expect(await tried(grouped(at('a', 1), at('b', 2), at('c', 3), at('d', 4)))).toEqual(['a', 'b', 'c', 'd'])
    expect(await tried(grouped(at('a', 1), at('b', 2), at('c', 3), at('d', 4)))).toEqual([])
    const again = await tried(grouped(at('a', 1), at('b', 2, 7), at('c', 3), at('d', 4)))
    expect(again.toSorted()).toEqual(['a', 'b', 'c'])
    expect(await tried(grouped(at('a', 1), at('b', 2, 7), at('c', 3), at('d', 4, 7)))).toEqual(['d'])
    // The third is in it by the word of the group alone.
    expect(await tried(grouped(at('a', 1), at('b', 2, 7), at('d', 4, 7)))).toEqual(['a', 'b'])
  })

  it('is a campaign that stood behind another one of its key, once it is the first', async () => {
    const { tried } = setUp()
    const shadowed = abTest('a', { id: 2, segments: inNobody, variations: [variation(1, 'Control', 100)] })
    expect(await tried(file(abTest('a')))).toEqual(['a'])
    // It decides for nobody there, and by its key the SDK would be asked about the first one.
    expect(await tried(file(abTest('a'), shadowed))).toEqual([])
    expect(await tried(file(shadowed))).toEqual(['a'])
    expect(await tried(file(shadowed))).toEqual([])
  })

  it('is not what another thread has tried', async () => {
    const first = setUp()
    await first.tried(file(abTest('a'), abTest('b')))
    const second = setUp([first.take()])
    expect(await second.tried(file(abTest('a'), abTest('b'), abTest('c')))).toEqual(['c'])
    expect(first.take()).toHaveLength(0)
  })
})
