import { isDeepStrictEqual } from 'node:util'
import { createTestClient } from '@vwo-hub/client/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normaliseSettings } from '../../packages/client/dist/settings-file.js'
import { answersOf, type Decider } from '../support/calls.ts'
import { copySdk, launchQuietly, silent } from '../support/sdk-copy.ts'
import { settingsFiles } from '../support/settings-arbitrary.ts'
import type { PlainSettingsFile } from '../support/settings-file.ts'

const launch = { isDevelopmentMode: true, logging: silent }

/** How many; the property was run with thousands, and is checked with this many each time. */
const numRuns = Number(process.env.SWAP_PAIRS ?? 150)

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
  it('[invariant 6] every call answers as an instance freshly launched on the newest settings', async () => {
    const { sdk } = copySdk()
    await fc.assert(
      fc.asyncProperty(settingsFiles, settingsFiles, async (first, second) => {
        await using client = createTestClient({ sdk, settings: first, launch })
        answersOf(client)
        client.update(second)
        expect(differences(client, second)).toEqual({})
      }),
      { numRuns },
    )
  })

  it('[invariant 6] there and back and on to others leaves nothing behind', async () => {
    const { sdk } = copySdk()
    await fc.assert(
      fc.asyncProperty(settingsFiles, settingsFiles, settingsFiles, async (first, second, third) => {
        await using client = createTestClient({ sdk, settings: first, launch })
        for (const next of [second, first, third]) {
          client.update(next)
          expect(differences(client, next)).toEqual({})
        }
      }),
      { numRuns: Math.ceil(numRuns / 5) },
    )
  })

  it('the same comparison finds the SDK’s own update to decide wrongly', () => {
    const failure = fc.check(
      fc.property(settingsFiles, settingsFiles, (first, second) => {
        const instance = launchQuietly(copySdk().sdk, { ...launch, settingsFile: structuredClone(first) })
        instance.SettingsFileManager?.updateSettingsFile(structuredClone(second))
        expect(differences(instance, second)).toEqual({})
      }),
      { numRuns: 100, endOnFailure: true, seed: 1 },
    )
    expect(failure.failed).toBe(true)
  })
})
