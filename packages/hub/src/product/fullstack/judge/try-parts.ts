import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { messageOf } from '../../../errors.ts'
import { plainText } from '../../../text/plain-text.ts'
import { type Campaign, decideByBucket, decideForEach, isAnybodyIn } from '../dry-run/decisions.ts'
import { findFault } from '../dry-run/fault.ts'
import { sampleOf } from '../../segments/sample-users.ts'
import type { LaunchSdk, Trial } from '../dry-run/trial.ts'
import { placeNamed } from '../../judge/unit-finding.ts'
import { type GroupPart, mapIn } from './parts.ts'
import type { Outcome } from '../../judge/proven.ts'
import { createTryEach, type Tries, type TryFile, type TryOptions } from '../../judge/try-each.ts'
import { campaignFault } from './schema.ts'

/** How many users are bucketed for a whole file at most, and for one campaign; each takes some 20 µs. */
const BUCKETED_USERS = 4000
const BUCKETED_USERS_PER_CAMPAIGN = 5
/** So many campaigns are launched together. */
const TOGETHER = 100
/** How many decisions are made for a group at most, and how many steps through its campaigns they may take together. */
const MOST_GROUP_DECISIONS = 60
const MOST_GROUP_STEPS = 2_000_000
/** So many users are asked for before it is said that a campaign decides for nobody. */
const MUTE_USERS = 4

/** Each campaign is tried by itself, each group with its members; see {@link createTryEach}. */
export function createTry({
  launch,
  ...options
}: TryOptions & { readonly launch: LaunchSdk }): TryFile<SettingsFile, GroupPart> {
  const triesOf = (file: SettingsFile): Tries<GroupPart, Trial> => ({
    root() {
      const { campaignGroups, groups } = file
      const launched = launch({ ...partOf(file, []), campaignGroups, groups })
      return launched.ok ? undefined : launched.why
    },
    launch: (places) => launch(partOf(file, places)),
    faultOf: (place) => campaignFault(file.campaigns[place]),
    expressionsOf: (place) => expressionsOf(file.campaigns[place] as Campaign),
    unit(trial, place, count) {
      const campaign = file.campaigns[place] as Campaign
      const users = Math.max(1, Math.min(BUCKETED_USERS_PER_CAMPAIGN, Math.floor(BUCKETED_USERS / count)))
      const { why, thrown } = quietly(trial, () => decideForEach(trial, campaign, users))
      if (thrown !== undefined) return thrown
      const undecided = why === undefined ? undefined : { kind: 'undecided' as const, place: '', why }
      const fault = campaignFault(campaign) ?? undecided
      return fault === undefined ? {} : { fault, ...(isMute(partOf(file, [place])) && { isMute: true }) }
    },
    group: ({ id, members, listed, isThere }) => {
      // One that is not there is told of by its members.
      if (!isThere) return {}
      const launched = launch(partOf(file, members, id))
      if (!launched.ok) return launched.why
      const { trial } = launched
      const steps = Math.max(1, listed) * Math.max(1, members.length)
      const count = Math.max(
        3,
        Math.min(MOST_GROUP_DECISIONS, 3 * members.length, Math.floor(MOST_GROUP_STEPS / steps)),
      )
      let outcome: Outcome = {}
      for (let decision = 0; decision < count; decision += 1) {
        const place = members[Math.floor((decision * members.length) / count)] ?? 0
        Atomics.store(options.progress, 0, place + 1)
        const campaign = file.campaigns[place]
        if (campaign === undefined) continue
        const { why, thrown } = quietly(trial, () => decideByBucket(trial.vwo, campaign, 1), true)
        if (thrown !== undefined) return thrown
        if (why === undefined || outcome.fault !== undefined) continue
        outcome = { fault: { kind: 'undecided', place: placeNamed('groups', id), why } }
      }
      return outcome
    },
  })

  /** Whether nobody is in a campaign, though it took all of the traffic. Only asked where something is wrong with it. */
  function isMute(alone: SettingsFile): boolean {
    const [campaign] = alone.campaigns
    if (campaign === undefined) return false
    const open = { ...campaign, percentTraffic: 100 }
    const launched = launch({ ...alone, campaigns: [open] })
    if (!launched.ok) return true
    const { vwo } = launched.trial
    let isSomebodyIn = false
    quietly(launched.trial, () => (isSomebodyIn = isAnybodyIn(vwo, open, MUTE_USERS)))
    return !isSomebodyIn
  }

  return createTryEach({ list: 'campaigns', together: TOGETHER, triesOf, ...options })
}

/** What came of decisions: an SDK catches what they throw. What it throws all the same, apps get. */
function quietly(
  trial: Trial,
  decide: () => void,
  isGrouped = false,
): { readonly why?: string | undefined; readonly thrown?: string } {
  try {
    decide()
    return { why: findFault(trial.takeErrors(), isGrouped) }
  } catch (error) {
    return { thrown: `the SDK throws: ${plainText(messageOf(error), 200)}` }
  }
}

function expressionsOf({ segments, variations }: Campaign): readonly string[] {
  const all = Array.isArray(variations) ? variations : []
  return sampleOf([
    segments,
    ...all.map((variation) => (variation as { segments?: unknown } | null)?.segments),
  ]).expressions
}

/** Of the root, what the SDK looks at. */
const looked = [
  'version',
  'accountId',
  'sdkKey',
  'collectionPrefix',
  'isEventArchEnabled',
  'isNB',
  'isNBv2',
  'isOB',
  'isOBv2',
]

/**
 * A settings-file of these campaigns alone, all of which run: one that does not is weighed all the same when another one
 * of its group is decided for.
 *
 * @param groupId - The group that they are in. Default: none.
 */
function partOf(file: SettingsFile, places: readonly number[], groupId?: string): SettingsFile {
  const [campaignGroups, groups] = [mapIn(file.campaignGroups), mapIn(file.groups)]
  const campaigns = places.map((place) => running(file.campaigns[place]))
  const root = Object.fromEntries(
    looked.filter((name) => Object.hasOwn(file, name)).map((name) => [name, file[name]]),
  )
  if (groupId === undefined) return { ...root, campaigns } as unknown as SettingsFile
  const memberships = campaigns.flatMap((campaign) => {
    const id = String((campaign as { id?: unknown } | null)?.id)
    const group = campaignGroups[id]
    return Object.hasOwn(campaignGroups, id) && String(group) === groupId ? [[id, group] as const] : []
  })
  const group = groups[groupId]
  return {
    ...root,
    campaigns,
    campaignGroups: Object.fromEntries(memberships),
    ...(Object.hasOwn(groups, groupId) && { groups: { [groupId]: group } }),
  } as unknown as SettingsFile
}

function running(campaign: unknown): Campaign {
  if (typeof campaign !== 'object' || campaign === null || Array.isArray(campaign))
    return campaign as Campaign
  const isText = typeof (campaign as Campaign).status === 'string'
  return { ...campaign, ...(isText && { status: 'RUNNING' }) } as Campaign
}
