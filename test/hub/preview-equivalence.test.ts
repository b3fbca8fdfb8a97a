import * as fc from 'fast-check'
import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { describe, expect, it } from 'vitest'
import type { VwoSdk } from '../../packages/hub/dist/product/fullstack/dry-run/sdk.js'
import { movingOf } from '../../packages/hub/dist/product/preview/preview.js'
import { countMoves } from '../../packages/hub/dist/product/preview/count.js'
import { isOn } from '../../packages/hub/dist/product/fullstack/dry-run/decisions.js'
import { decideAll } from '../../packages/hub/dist/product/fullstack/preview/decide-all.js'
import { planComparisons, withOnly } from '../../packages/hub/dist/product/fullstack/preview/plan.js'
import { given } from '../../packages/hub/dist/product/preview/populations.js'
import { syntheticUsers } from '../../packages/hub/dist/product/users.js'
import { quietly } from '../support/quietly.ts'
import { runs } from '../support/runs.ts'
import { copySdk, launchQuietly, silent } from '../support/sdk-copy.ts'
import { campaignKeys, settingsFiles } from '../support/settings-arbitrary.ts'
import { stored } from '../support/stored-settings.ts'

const users = [
  ...syntheticUsers(20).map((user) => ({ ...user, customVariables: {} })),
  ...syntheticUsers(20).map((user) => ({
    ...user,
    customVariables: { plan: 'gold', visits: '5' },
    variationTargetingVariables: { plan: 'gold' },
  })),
]

type Part = 'campaign' | 'flags' | 'groups' | 'account' | 'all'

/** The first settings-file with a part of the other: what has not changed need not be compared. */
function following(previous: SettingsFile, drawn: SettingsFile, part: Part): SettingsFile {
  const { campaigns, campaignGroups, groups, accountId } = drawn
  switch (part) {
    case 'campaign': {
      const other = campaigns[0]
      const isOther = ({ key }: { key: string }) => key === other?.key
      return {
        ...previous,
        campaigns: previous.campaigns.flatMap((campaign) => (isOther(campaign) ? (other ?? []) : [campaign])),
      }
    }
    case 'flags':
      return { ...previous, isNB: drawn['isNB'] === true, isNBv2: drawn['isNBv2'] === true }
    case 'groups':
      return { ...previous, campaignGroups, groups }
    case 'account':
      return { ...previous, accountId }
    case 'all':
      return drawn
  }
}

const pairs = fc
  .tuple(
    settingsFiles.map(stored),
    settingsFiles.map(stored),
    fc.constantFrom<Part>('campaign', 'campaign', 'flags', 'groups', 'account', 'all'),
  )
  .map(([previous, drawn, part]) => [previous, following(previous, drawn, part)] as const)

/** What each user gets of a campaign from an SDK that was just launched, by plain calls. */
function answersOf(file: SettingsFile): (key: string) => (string | undefined)[] {
  const vwo = launchQuietly(copySdk().sdk, {
    settingsFile: structuredClone(file),
    isDevelopmentMode: true,
    logging: silent,
  })
  const isRollout = (key: string): boolean =>
    file.campaigns.find((campaign) => campaign.key === key)?.type === 'FEATURE_ROLLOUT'
  return (key) =>
    users.map(({ id, ...options }) => {
      if (isRollout(key)) return isOn(vwo.isFeatureEnabled(key, id, options)) ? 'on' : undefined
      return (vwo.getVariationName(key, id, options) as string | null) ?? undefined
    })
}

describe('of any two settings-files', () => {
  it('every user who gets something else is counted, also of the campaigns that are not compared', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, async ([previous, next]) => {
        const comparisons = planComparisons(previous, next)
        const compared = new Set(comparisons.map(({ key }) => key))
        const progress = new Int32Array(1)
        const decide = async (file: SettingsFile, side: 'before' | 'after') => {
          const there = comparisons.filter((comparison) => comparison[side] !== undefined)
          const jobs = there.map(({ key, [side]: campaign }) => ({
            key,
            type: campaign?.type ?? '',
            population: given,
          }))
          const sdk = copySdk().sdk as unknown as VwoSdk
          const picks = await quietly(() =>
            decideAll(sdk, {
              text: Buffer.from(JSON.stringify(withOnly(file, compared))),
              jobs,
              users,
              progress,
            }),
          )
          return new Map(jobs.map(({ key }, index) => [key, picks[index]]))
        }
        const [before, after] = [await decide(previous, 'before'), await decide(next, 'after')]
        const [from, to] = [answersOf(previous), answersOf(next)]
        for (const key of campaignKeys) {
          const [got, gets] = [from(key), to(key)]
          const moved = got.filter((name, index) => name !== gets[index]).length
          const entered = got.filter((name, index) => name === undefined && gets[index] !== undefined).length
          const counted = countMoves(before.get(key), after.get(key), users.length)
          expect([key, movingOf(counted), counted.enter]).toEqual([key, moved, entered])
        }
      }),
      { numRuns: runs(30) },
    )
  })
})
