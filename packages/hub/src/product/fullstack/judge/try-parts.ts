import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { messageOf } from '../../../errors.ts'
import { plainText } from '../../../text/plain-text.ts'
import { type Campaign, decideByBucket, decideForEach, isAnybodyIn } from '../dry-run/decisions.ts'
import { findFault } from '../dry-run/fault.ts'
import { sampleOf } from '../../segments/sample-users.ts'
import type { LaunchSdk, Trial } from '../dry-run/trial.ts'
import { BACKTRACKS, createHarmCheck } from '../../expressions/harmful.ts'
import { placeNamed, refusalOf } from '../../judge/finding.ts'
import { type GroupPart, mapIn, type Parts } from './parts.ts'
import type { Outcome, Proven } from '../../judge/proven.ts'
import { campaignFault } from './schema.ts'

/** How many users are bucketed for a whole file at most, and for one campaign; each takes some 20 µs. */
const BUCKETED_USERS = 4000
const BUCKETED_USERS_PER_CAMPAIGN = 5
/** So many campaigns are launched together: the SDK looks through all of them for each decision. */
const TOGETHER = 100
/** How many decisions are made for a group at most, and how many steps through its campaigns they may take together. */
const MOST_GROUP_DECISIONS = 60
const MOST_GROUP_STEPS = 2_000_000
/** So many users are asked for before it is said that a campaign decides for nobody. */
const MUTE_USERS = 4

export interface TryOptions {
  readonly launch: LaunchSdk
  readonly proven: Proven
  /** Its element is set to one more than the place of the campaign that is tried. */
  readonly progress: Int32Array
}

/**
 * Tries what has not been tried of a settings-file: each campaign by itself, each group with its members. What comes of
 * it is remembered, also what is wrong with it and survived.
 *
 * @returns Tries one file; `isWhole` unless something is wrong with its root. Its answer is why it is refused, with the
 *   place; undefined when it is not.
 */
export function createTry(
  options: TryOptions,
): (file: SettingsFile, parts: Parts, isWhole?: boolean) => string | undefined {
  const { launch, proven, progress } = options
  const isHarmful = createHarmCheck()

  function tryRoot(file: SettingsFile, { context }: Parts, isWhole: boolean): string | undefined {
    if (isWhole && proven.get(context) !== undefined) return undefined
    const { campaignGroups, groups } = file
    const launched = launch({ ...partOf(file, []), campaignGroups, groups })
    if (!launched.ok) return `the file: ${launched.why}`
    proven.add(context, {})
    return undefined
  }

  function tryCampaigns(file: SettingsFile, parts: Parts): string | undefined {
    const places = [...parts.units.keys()].filter(
      (place) => proven.get(parts.units[place] ?? '') === undefined,
    )
    const users = Math.floor(BUCKETED_USERS / Math.max(1, places.length))
    const usersForEach = Math.min(BUCKETED_USERS_PER_CAMPAIGN, Math.max(1, users))
    for (const chunk of inChunks(places)) {
      const faults = new Map(chunk.map((place) => [place, campaignFault(file.campaigns[place])]))
      const launched = launch(partOf(file, chunk))
      if (!launched.ok) return launchFault(file, chunk, faults) ?? `the file: ${launched.why}`
      for (const place of chunk) {
        Atomics.store(progress, 0, place + 1)
        const refusal = tryCampaign(file, parts, place, {
          trial: launched.trial,
          fault: faults.get(place),
          users: usersForEach,
        })
        if (refusal !== undefined) return `campaigns[${place}]: ${refusal}`
      }
    }
    return undefined
  }

  function tryCampaign(
    file: SettingsFile,
    parts: Parts,
    place: number,
    {
      trial,
      fault,
      users,
    }: { readonly trial: Trial; readonly fault: Outcome['fault']; readonly users: number },
  ): string | undefined {
    const key = parts.units[place] ?? ''
    const campaign = file.campaigns[place]
    if (campaign === undefined) return undefined
    // Behind another one of its name it is never decided for.
    if (parts.isFirst[place] !== true) {
      proven.add(key, fault === undefined ? {} : { fault })
      return undefined
    }
    if (expressionsOf(campaign).some(isHarmful)) return BACKTRACKS
    const { why, thrown } = quietly(trial, () => decideForEach(trial, campaign, users))
    if (thrown !== undefined) return thrown
    const found = fault ?? (why === undefined ? undefined : { kind: 'undecided' as const, place: '', why })
    proven.add(
      key,
      found === undefined ? {} : { fault: found, ...(isMute(file, place) && { isMute: true as const }) },
    )
    return undefined
  }

  /** Whether nobody is in it, though it took all of the traffic. Only asked where something is wrong with it. */
  function isMute(file: SettingsFile, place: number): boolean {
    const part = partOf(file, [place])
    const [campaign] = part.campaigns
    if (campaign === undefined) return false
    const open = { ...campaign, percentTraffic: 100 }
    const launched = launch({ ...part, campaigns: [open] })
    if (!launched.ok) return true
    const { vwo } = launched.trial
    let isSomebodyIn = false
    quietly(launched.trial, () => (isSomebodyIn = isAnybodyIn(vwo, open, MUTE_USERS)))
    return !isSomebodyIn
  }

  /** Which of them it is that the SDK does not launch with. */
  function launchFault(
    file: SettingsFile,
    chunk: readonly number[],
    faults: ReadonlyMap<number, Outcome['fault']>,
  ): string | undefined {
    for (const place of chunk) {
      const launched = launch(partOf(file, [place]))
      if (launched.ok) continue
      const fault = faults.get(place)
      const within = `campaigns[${place}]`
      return fault === undefined ? `${within}: ${launched.why}` : refusalOf({ within, warning: fault })
    }
    return undefined
  }

  function tryGroup(file: SettingsFile, group: GroupPart): string | undefined {
    const { members, id, key } = group
    // One that is not there is told of by its members.
    if (!group.isThere) {
      proven.add(key, {})
      return undefined
    }
    const trial = launch(partOf(file, members, id))
    if (!trial.ok) return trial.why
    const steps = Math.max(1, group.listed) * Math.max(1, members.length)
    const count = Math.max(
      3,
      Math.min(MOST_GROUP_DECISIONS, 3 * members.length, Math.floor(MOST_GROUP_STEPS / steps)),
    )
    for (let decision = 0; decision < count; decision += 1) {
      const place = members[Math.floor((decision * members.length) / count)] ?? 0
      Atomics.store(progress, 0, place + 1)
      const campaign = file.campaigns[place]
      if (campaign === undefined) continue
      const { why, thrown } = quietly(trial.trial, () => decideByBucket(trial.trial.vwo, campaign, 1), true)
      if (thrown !== undefined) return thrown
      if (why === undefined || proven.get(key) !== undefined) continue
      proven.add(key, {
        fault: { kind: 'undecided', place: placeNamed('groups', id), why },
      })
    }
    proven.add(key, {})
    return undefined
  }

  return (file, parts, isWhole = true) => {
    Atomics.store(progress, 0, 0)
    const refusal = tryRoot(file, parts, isWhole) ?? tryCampaigns(file, parts)
    if (refusal !== undefined) return refusal
    for (const group of parts.groups) {
      if (proven.get(group.key) !== undefined) continue
      const fault = tryGroup(file, group)
      if (fault !== undefined) return `${placeNamed('groups', group.id)}: ${fault}`
    }
    return undefined
  }
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

function* inChunks(places: readonly number[]): Generator<readonly number[]> {
  for (let from = 0; from < places.length; from += TOGETHER) yield places.slice(from, from + TOGETHER)
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
