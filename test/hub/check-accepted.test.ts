import { normaliseSettings, type SettingsFile } from '@vwo-hub/protocol/fullstack'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vwoSdk from 'vwo-node-sdk'
import type { Accepted } from '../../packages/hub/dist/product/product.js'
import { HubError } from '../../packages/hub/dist/errors.js'
import { replaceAt } from '../support/replace-at.ts'
import { settingsFiles } from '../support/settings-arbitrary.ts'
import { checkAsHub } from '../support/check-as-hub.ts'
import { runs } from '../support/runs.ts'

const { checker } = checkAsHub()

describe('[invariant 3] whatever is accepted', () => {
  interface Sdk {
    launch(
      config: object,
    ): Record<
      'activate' | 'getVariationName' | 'isFeatureEnabled' | 'getFeatureVariableValue' | 'track',
      (...args: unknown[]) => unknown
    >
  }

  /** What is wrong may stand in the place of a list, and in it. */
  const inList = <T>(list: readonly T[] | undefined): readonly (T | null)[] =>
    Array.isArray(list) ? list : []

  /** Whether the real SDK has nothing against it. */
  function launches(text: string): boolean {
    const errors: string[] = []
    const logger = {
      log: (level: number, message: unknown) => void (level >= 4 && errors.push(String(message))),
    }
    const { info } = console
    console.info = () => {}
    try {
      const options = { isDevelopmentMode: true, logging: { logger, level: 4 } }
      ;(vwoSdk as unknown as Sdk).launch({ settingsFile: JSON.parse(text) as object, ...options })
      return errors.length === 0
    } catch {
      return false
    } finally {
      console.info = info
    }
  }

  /** Launches the real SDK, in this thread, and returns what it caught and logged. */
  function decideWith({ text }: Accepted): string[] {
    const settings = JSON.parse(String(text)) as SettingsFile
    normaliseSettings(settings)
    const errors: string[] = []
    const logger = {
      log: (level: number, message: unknown) => void (level >= 4 && errors.push(String(message))),
    }
    const { info } = console
    console.info = () => {}
    const vwo = (vwoSdk as unknown as Sdk).launch({
      // As a client reads it.
      settingsFile: structuredClone(settings),
      isDevelopmentMode: true,
      logging: { logger, level: 4 },
    })
    console.info = info
    const options = {
      customVariables: { plan: 'gold', visits: '5' },
      variationTargetingVariables: { plan: 'gold', visits: '5' },
    }
    for (const { key, goals, variables, variations } of settings.campaigns) {
      for (const user of ['ann', 'bob', 'user-3', 'user-4']) {
        vwo.activate(key, user, options)
        vwo.getVariationName(key, user)
        vwo.isFeatureEnabled(key, user, options)
        for (const one of [variables, ...inList(variations).map((each) => each?.variables)].flatMap(inList))
          vwo.getFeatureVariableValue(key, one?.key, user, options)
        for (const each of inList(goals)) vwo.track(key, user, each?.identifier, { revenueValue: 5 })
      }
    }
    return errors
  }

  /** What the SDK says for itself begins with the name of a file, what an exception said does not. */
  const isException = (message: string) => !message.startsWith('(') || message.includes('Could not segment')
  const isGroupGap = (message: string) => message === "Cannot read properties of null (reading 'key')"

  const isTaken = (text: string) =>
    checker.check(text, { environment: 'prod' }).catch((error: unknown) => {
      if (error instanceof HubError && error.code === 'settings-refused') return error.message
      throw error
    })

  it('the SDK launches with it, and decides without an exception where nothing is warned of', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(settingsFiles, async (settings) => {
        const checked = await isTaken(JSON.stringify(settings))
        if (typeof checked === 'string') return
        const errors = decideWith(checked)
        if (checked.warnings.told.some(({ kind }) => kind === 'fault' || kind === 'undecided')) return
        accepted += 1
        expect(errors.filter((message) => isException(message) && !isGroupGap(message))).toEqual([])
      }),
      { numRuns: runs(150) },
    )
    expect(accepted).toBeGreaterThan(runs(75))
  })

  it('also when any part of it was replaced by anything; and what is refused, the SDK does not launch with', async () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom<unknown>(null, [], {}, '', 0, -1, 'x', [null], { or: null }),
    )
    const outcomes = { accepted: 0, warned: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(settingsFiles, fc.nat(), anything, async (settings, where, replacement) => {
        const text = JSON.stringify(replaceAt(JSON.parse(JSON.stringify(settings)), where, replacement))
        const checked = await isTaken(text)
        if (typeof checked === 'string') {
          outcomes.refused += 1
          // Where there is no list of campaigns an SDK takes it that there are none; a dangerous name is nothing to it.
          if (!/refused: (?:(?:campaigns|collectionPrefix): |.*expected another name)/.test(checked))
            expect([checked, launches(text)]).toEqual([checked, false])
          return
        }
        const errors = decideWith(checked)
        if (checked.warnings.told.some(({ kind }) => kind === 'fault' || kind === 'undecided'))
          outcomes.warned += 1
        else {
          outcomes.accepted += 1
          expect(errors.filter((message) => isException(message) && !isGroupGap(message))).toEqual([])
        }
      }),
      { numRuns: runs(400) },
    )
    expect(outcomes.accepted).toBeGreaterThan(runs(15))
    expect(outcomes.warned).toBeGreaterThan(runs(30))
    expect(outcomes.refused).toBeGreaterThan(runs(30))
  })
})
