import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createClient } from '@vwo-hub/client'
import { normaliseSettings } from '@vwo-hub/protocol/fullstack'
import { answersOf, type Decider } from '../support/calls.ts'
import { startHubOfTexts } from '../support/hub-of-texts.ts'
import { copySdk, launchQuietly, silent, type SdkCopy } from '../support/sdk-copy.ts'
import { runs } from '../support/runs.ts'
import { settingsPairs, settingsTriples } from '../support/settings-arbitrary.ts'
import { abTest, type PlainSettingsFile, settingsFile } from '../support/settings-file.ts'

const launch = { isDevelopmentMode: true, logging: silent }

/** How many pairs; more take longer and find no more, unless the SDK or the swap has changed: try 3,000 then. */
const numRuns = Number(process.env.SWAP_PAIRS ?? runs(60))
/** A slow machine is no fault of a swap. In milliseconds. */
const timeout = 60_000 + numRuns * 1000

/** A client that is on settings of a hub, which has proven them: they are not validated again. */
async function clientOn(sdk: SdkCopy, first: PlainSettingsFile) {
  const texts = await startHubOfTexts(JSON.stringify(first))
  const client = createClient({ environment: 'prod', hub: texts.hub, sdk, launch })
  const failures: string[] = []
  client.on('error', ({ code, message }) => {
    // What is asked for here is not in all of the settings.
    if (!code.startsWith('unknown-')) failures.push(message)
  })
  await client.ready()
  const swap = async (next: PlainSettingsFile) => await texts.swap(client, JSON.stringify(next))
  return {
    ...client,
    swap,
    failures,
    async [Symbol.asyncDispose]() {
      await client.close()
      texts.close()
    },
  }
}

/** The behaviour of an instance that never knew other settings. */
function answersOfLaunch(settings: PlainSettingsFile, sdk: SdkCopy): Record<string, unknown> {
  // As a hub stores it: `variations` that came as `{}` make the SDK throw, as `[]` they do not.
  const stored = structuredClone(settings)
  normaliseSettings(stored)
  const instance = launchQuietly(sdk, { ...launch, settingsFile: stored })
  return answersOf(instance)
}

/** The calls that answer otherwise; few lines, where a comparison of all the answers would fill pages. */
function differences(client: Decider, settings: PlainSettingsFile, apart = copySdk().sdk): object {
  const expected = answersOfLaunch(settings, apart)
  const answered = Object.entries(answersOf(client))
  return Object.fromEntries(
    answered
      .filter(([call, answer]) => !isDeepStrictEqual(answer, expected[call]))
      .map(([call, answer]) => [call, { answer, expected: expected[call] }]),
  )
}

describe('after swaps', () => {
  it(
    '[invariant 6] every call answers as an instance freshly launched on the newest settings',
    { timeout },
    async () => {
      const { sdk } = copySdk()
      // Where nothing is ever swapped, and each launch sets all that decisions depend on.
      const apart = copySdk().sdk
      await fc.assert(
        fc.asyncProperty(settingsPairs, async ([first, second]) => {
          await using client = await clientOn(sdk, first)
          answersOf(client)
          await client.swap(second)
          expect(differences(client, second, apart)).toEqual({})
          expect(client.failures).toEqual([])
        }),
        { numRuns },
      )
    },
  )

  it('[invariant 6] there and back and on to others leaves nothing behind', { timeout }, async () => {
    const { sdk } = copySdk()
    await fc.assert(
      fc.asyncProperty(settingsTriples, async ([first, second, third]) => {
        await using client = await clientOn(sdk, first)
        for (const next of [second, first, third]) {
          await client.swap(next)
          expect(differences(client, next)).toEqual({})
        }
        expect(client.failures).toEqual([])
      }),
      { numRuns: Math.ceil(numRuns / 10) },
    )
  })

  it('[invariant 6] a variation without a weight takes nobody, and nothing from the others', async () => {
    const { sdk } = copySdk()
    const variations = [
      { id: 1, name: 'Control' } as never,
      { id: 2, name: 'Green', weight: 100, changes: {} },
    ]
    const next = settingsFile({ campaigns: [abTest('checkout', { variations })] })
    await using client = await clientOn(sdk, settingsFile({ campaigns: [abTest('checkout')] }))
    await client.swap(next)
    expect(client.getVariationName('checkout', 'ann')).toBe('Green')
    expect(differences(client, next)).toEqual({})
  })

  it('the same comparison finds the SDK’s own update to decide wrongly', () => {
    const failure = fc.check(
      fc.property(settingsPairs, ([first, second]) => {
        const instance = launchQuietly(copySdk().sdk, { ...launch, settingsFile: structuredClone(first) })
        instance.SettingsFileManager?.updateSettingsFile(structuredClone(second))
        expect(differences(instance, second)).toEqual({})
      }),
      { numRuns: 100, endOnFailure: true, seed: 25 },
    )
    expect(failure.failed).toBe(true)
  })
})
