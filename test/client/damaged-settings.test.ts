import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { normaliseSettings } from '@vwo-hub/protocol/fullstack'
import { createVwoSdk, type LiveSdk } from '../../packages/client/dist/product/fullstack/vwo-sdk.js'
import { answersOf, type Decider } from '../support/calls.ts'
import { copySdk, launchQuietly, silent } from '../support/sdk-copy.ts'
import { settingsFiles } from '../support/settings-arbitrary.ts'
import { runs } from '../support/runs.ts'

type Holder = Record<string, unknown>

const launch = { isDevelopmentMode: true, logging: silent }
const absent = Symbol('absent')
const damage = fc.record({
  place: fc.nat(),
  value: fc.constantFrom<unknown>(
    ...[absent, null, 0, 1, -1, 1.5, 1e21, '', '1', '50', 'x', true, false],
    ...[[], {}, [null], [1], { a: 1 }],
  ),
})

/** Every field inside, as the object that holds it and its name there. */
function fieldsOf(value: unknown): [Holder, string][] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Holder
  return Object.keys(holder).flatMap((name) => [
    [holder, name] as [Holder, string],
    ...fieldsOf(holder[name]),
  ])
}

/** Settings-files that are wrong in one or two places, or right in an unusual way. */
const damagedTexts = fc
  .tuple(settingsFiles, fc.array(damage, { minLength: 1, maxLength: 2 }))
  .map(([settings, damages]) => {
    const damaged = structuredClone(settings) as object
    for (const { place, value } of damages) {
      const fields = fieldsOf(damaged)
      const field = fields[place % Math.max(1, fields.length)]
      if (field === undefined) continue
      const [holder, name] = field
      if (value === absent) delete holder[name]
      else holder[name] = structuredClone(value)
    }
    return JSON.stringify(damaged)
  })

function prepared(live: LiveSdk, text: string) {
  try {
    return live.prepare(text, false)
  } catch (error) {
    expect(error).toMatchObject({ code: 'settings-refused' })
    return undefined
  }
}

it('[invariant 6] damaged settings are refused, or decide after a swap in place as after a launch', () => {
  const live = createVwoSdk({
    sdk: copySdk().sdk,
    launch,
    onCallbackError: () => expect.fail(),
    onEventError: () => expect.fail(),
  })
  const seen = { refused: 0, launch: 0, 'in-place': 0 }
  fc.assert(
    fc.property(damagedTexts, (text) => {
      if (prepared(live, text) === undefined) {
        seen.refused += 1
        return
      }

      const settingsFile = JSON.parse(text) as object
      normaliseSettings(settingsFile)
      const fresh = launchQuietly(copySdk().sdk, { ...launch, settingsFile })
      expect(fresh.SettingsFileManager).toBeDefined()

      // First to the same without campaigns, so that the second swap can be made in place; a flag that is `{}` never can.
      const emptied = { ...settingsFile, campaigns: [], groups: {}, campaignGroups: {} }
      live.commit(live.prepare(JSON.stringify(emptied), false))
      seen[live.commit(live.prepare(text, false))] += 1
      const { SettingsFileManager: manager } = live.instance() ?? {}
      expect(manager?._clonedSettingsFile).toEqual(fresh.SettingsFileManager?._clonedSettingsFile)
      expect(answersOf(live.instance() as Decider)).toEqual(answersOf(fresh))
    }),
    { numRuns: runs(200) },
  )
  expect(seen.refused).toBeGreaterThan(runs(15))
  expect(seen['in-place']).toBeGreaterThan(runs(9))
})
