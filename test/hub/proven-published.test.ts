import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Warnings } from '../../packages/hub/dist/product/product.js'
import { loadSdk } from '../../packages/hub/dist/product/fullstack/dry-run/load-sdk.js'
import { createExamine } from '../../packages/hub/dist/product/fullstack/judge/examine.js'
import { format } from '../../packages/hub/dist/product/fullstack/judge/format.js'
import { createJudge, type JudgeAnswer } from '../../packages/hub/dist/product/judge/judge.js'
import { createProven } from '../../packages/hub/dist/product/judge/proven.js'
import { file } from '../support/check-as-hub.ts'
import { quietly } from '../support/quietly.ts'
import { replaceAt } from '../support/replace-at.ts'
import { runs } from '../support/runs.ts'
import { settingsPairs } from '../support/settings-arbitrary.ts'
import { abTest, featureTest, variation } from '../support/settings-file.ts'

describe('[invariant 3] what a hub finds published after its start', () => {
  /** A thread that has just started. @param onLaunch - Told the keys of the campaigns that the SDK is launched with. */
  function startJudge(onLaunch: (keys: readonly string[]) => void = () => {}) {
    const loaded = loadSdk('vwo-node-sdk')
    if (!loaded.ok) throw new Error(loaded.why)
    const sdk: typeof loaded.sdk = {
      launch(config) {
        onLaunch((config.settingsFile as SettingsFile).campaigns.map(({ key }) => key))
        return quietly(() => loaded.sdk.launch(config))
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
