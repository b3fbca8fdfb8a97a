import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFacade } from '../../packages/client/dist/facade.js'
import { normaliseSettings } from '../../packages/client/dist/settings-file.js'
import { createVwoSdk } from '../../packages/client/dist/vwo-sdk.js'
import { answersOf, type Decider } from '../support/calls.ts'
import { copySdk, launchQuietly, silent, type SdkCopy } from '../support/sdk-copy.ts'
import { settingsPairs, settingsTriples } from '../support/settings-arbitrary.ts'
import type { PlainSettingsFile } from '../support/settings-file.ts'

const launch = { isDevelopmentMode: true, logging: silent }

/** How many; the property was run with thousands, and is checked with this many each time. */
const numRuns = Number(process.env.SWAP_PAIRS ?? 150)

/** A client that is on settings as they come from Redis: the hub has proven them, and they are not validated again. */
function clientOn(sdk: SdkCopy, first: PlainSettingsFile) {
  const onCallbackError = (from: string, error: unknown) => expect.fail(`${from}: ${String(error)}`)
  const live = createVwoSdk({ sdk, launch, onCallbackError })
  const { methods } = createFacade({ live, launch, requestRefresh: async () => {} })
  const swap = (next: PlainSettingsFile) => live.commit(live.prepare(JSON.stringify(next), true))
  swap(first)
  return { ...methods, swap, [Symbol.dispose]: live.release }
}

/** The behaviour of an instance that never knew other settings, in a copy of the SDK that knew none either. */
function answersOfLaunch(settings: PlainSettingsFile): Record<string, unknown> {
  // As a hub stores it: `variations` that came as `{}` make the SDK throw, as `[]` they do not.
  const settingsFile = structuredClone(settings)
  normaliseSettings(settingsFile)
  const instance = launchQuietly(copySdk().sdk, { ...launch, settingsFile })
  return answersOf(instance)
}

/** The calls that answer otherwise; few lines, where a comparison of all the answers would fill pages. */
function differences(client: Decider, settings: PlainSettingsFile): object {
  const expected = answersOfLaunch(settings)
  const answered = Object.entries(answersOf(client))
  return Object.fromEntries(
    answered
      .filter(([call, answer]) => !isDeepStrictEqual(answer, expected[call]))
      .map(([call, answer]) => [call, { answer, expected: expected[call] }]),
  )
}

describe('after swaps', () => {
  it('[invariant 6] every call answers as an instance freshly launched on the newest settings', () => {
    const { sdk } = copySdk()
    fc.assert(
      fc.property(settingsPairs, ([first, second]) => {
        using client = clientOn(sdk, first)
        answersOf(client)
        client.swap(second)
        expect(differences(client, second)).toEqual({})
      }),
      { numRuns },
    )
  })

  it('[invariant 6] there and back and on to others leaves nothing behind', () => {
    const { sdk } = copySdk()
    fc.assert(
      fc.property(settingsTriples, ([first, second, third]) => {
        using client = clientOn(sdk, first)
        for (const next of [second, first, third]) {
          client.swap(next)
          expect(differences(client, next)).toEqual({})
        }
      }),
      { numRuns: Math.ceil(numRuns / 5) },
    )
  })

  it('the same comparison finds the SDK’s own update to decide wrongly', () => {
    const failure = fc.check(
      fc.property(settingsPairs, ([first, second]) => {
        const instance = launchQuietly(copySdk().sdk, { ...launch, settingsFile: structuredClone(first) })
        instance.SettingsFileManager?.updateSettingsFile(structuredClone(second))
        expect(differences(instance, second)).toEqual({})
      }),
      { numRuns: 100, endOnFailure: true, seed: 1 },
    )
    expect(failure.failed).toBe(true)
  })
})
