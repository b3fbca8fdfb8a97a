import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { BACKTRACKS, createHarmCheck } from '../../expressions/harmful.ts'
import { placeNamed } from '../../judge/finding.ts'
import type { Outcome, Proven } from '../../judge/proven.ts'
import { sampleOf } from '../../segments/sample-users.ts'
import { fittingContext, segmentsOf } from '../dry-run/contexts.ts'
import type { FmeContext } from '../dry-run/sdk.ts'
import type { StartClient, Trial } from '../dry-run/start-client.ts'
import type { GroupPart, Parts } from '../../judge/parts.ts'
import { type Campaign, campaignsById, campaignsOf, type Feature } from './parts.ts'

/** How many decisions are made for a whole file at most, and for one feature; each takes some tenths of a millisecond. */
const MOST_DECISIONS = 2000
const MOST_DECISIONS_PER_FEATURE = 16
/** So many features are tried with one client: the SDK looks through all of them for each decision. */
const TOGETHER = 50
/** How many users are decided for by each feature of a group. */
const GROUP_USERS = 3
/** How many events of a feature are tracked. */
const MOST_EVENTS = 20

export interface TryOptions {
  readonly start: StartClient
  readonly proven: Proven
  /** Its element is set to one more than the place of the feature that is tried. */
  readonly progress: Int32Array
}

/**
 * Tries what has not been tried of a settings-file: each feature by itself, and each of its rules as if there were no other;
 * then each group with its features. What comes of it is remembered, also what is wrong with it and survived.
 *
 * @returns Tries one file. Its answer is why it is refused, with the place; undefined when it is not.
 */
export function createTry({
  start,
  proven,
  progress,
}: TryOptions): (file: SettingsFile, parts: Parts) => Promise<string | undefined> {
  const isHarmful = createHarmCheck()

  async function tryRoot(file: SettingsFile, { context }: Parts): Promise<string | undefined> {
    if (proven.get(context) !== undefined) return undefined
    const started = await start({ ...file, features: [], campaigns: [], groups: {}, campaignGroups: {} })
    if (!started.ok) return `the file: ${started.why}`
    await started.trial.setAttribute('dry-run')
    proven.add(context, {})
    return undefined
  }

  async function tryFeatures(file: SettingsFile, parts: Parts): Promise<string | undefined> {
    const places = [...parts.units.keys()].filter((place) => !isKnown(parts.units[place]))
    const each = Math.max(
      4,
      Math.min(MOST_DECISIONS_PER_FEATURE, Math.floor(MOST_DECISIONS / Math.max(1, places.length))),
    )
    const campaigns = campaignsById(file)
    for (let from = 0; from < places.length; from += TOGETHER) {
      const chunk = places.slice(from, from + TOGETHER)
      const started = await start(partOf(file, chunk, campaigns))
      if (!started.ok) return (await startFault(file, chunk, campaigns)) ?? `the file: ${started.why}`
      for (const place of chunk) {
        Atomics.store(progress, 0, place + 1)
        const feature = file.features[place]
        if (feature === undefined) continue
        if (parts.isFirst[place] === true) {
          const own = campaignsOf(feature, campaigns)
          if (own.flatMap(expressionsOf).some(isHarmful)) return `features[${place}]: ${BACKTRACKS}`
          proven.add(parts.units[place] ?? '', await tryFeature(started.trial, feature, own, each))
        } else proven.add(parts.units[place] ?? '', {})
      }
    }
    return undefined
  }

  function isKnown(key: string | undefined): boolean {
    return proven.get(key ?? '') !== undefined
  }

  /** Which of them it is that the SDK makes no client with. */
  async function startFault(
    file: SettingsFile,
    chunk: readonly number[],
    campaigns: ReadonlyMap<number | string, Campaign>,
  ): Promise<string | undefined> {
    for (const place of chunk) {
      const started = await start(partOf(file, [place], campaigns))
      if (!started.ok) return `features[${place}]: ${started.why}`
    }
    return undefined
  }

  async function tryGroup(file: SettingsFile, group: GroupPart): Promise<string | undefined> {
    const campaigns = campaignsById(file)
    const { groups = {}, campaignGroups = {} } = file
    // Who is said to be in one that is not there is told of by itself.
    const memberships = Object.entries(campaignGroups).filter(([, id]) => String(id) === group.id)
    const started = await start({
      ...partOf(file, group.members, campaigns),
      groups,
      campaignGroups: Object.fromEntries(memberships),
    })
    const where = placeNamed('groups', group.id)
    if (!started.ok) return `${where}: ${started.why}`
    let outcome: Outcome = {}
    for (const place of group.members) {
      Atomics.store(progress, 0, place + 1)
      const feature = file.features[place]
      if (feature === undefined) continue
      const segments = campaignsOf(feature, campaigns).flatMap(segmentsOf)
      for (let user = 0; user < GROUP_USERS; user += 1) {
        const decided = await started.trial.decide(feature.key, fittingContext(`dry-run-${user}`, segments))
        if (decided.ok || outcome.fault !== undefined) continue
        outcome = { fault: { kind: 'undecided', place: where, why: decided.why } }
      }
    }
    await turn()
    proven.add(group.key, outcome)
    return undefined
  }

  return async (file, parts) => {
    Atomics.store(progress, 0, 0)
    const refusal = (await tryRoot(file, parts)) ?? (await tryFeatures(file, parts))
    if (refusal !== undefined) return refusal
    for (const group of parts.groups) {
      if (isKnown(group.key)) continue
      const fault = await tryGroup(file, group)
      if (fault !== undefined) return fault
    }
    return undefined
  }
}

/** What came of a feature, and of each of its rules as if there were no other. */
async function tryFeature(
  trial: Trial,
  feature: Feature,
  campaigns: readonly Campaign[],
  most: number,
): Promise<Outcome> {
  let fault: Outcome['fault']
  let hasDecided = false
  const decideAll = async (key: string, contexts: readonly FmeContext[], place: string): Promise<void> => {
    for (const context of contexts) {
      const decided = await trial.decide(key, context)
      if (decided.ok) {
        hasDecided ||= key === feature.key
        decided.flag.getVariables()
      } else fault ??= { kind: 'undecided', place, why: decided.why }
    }
  }
  const perRule = Math.max(1, Math.floor(most / (campaigns.length + 1)))
  for (const [index, campaign] of campaigns.entries())
    await decideAll(aloneKey(feature.key, index), contextsFor([campaign], perRule), `rules[${index}]`)
  await decideAll(feature.key, contextsFor(campaigns, perRule), '')
  for (const { identifier } of feature.metrics.slice(0, MOST_EVENTS)) await trial.track(identifier, 'dry-run')
  // What nobody has waited for has to come to its end while it is known whose it is.
  await turn()
  if (fault === undefined) return {}
  return { fault, ...(!hasDecided && { isMute: true as const }) }
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** Users made from segments, and others. */
function contextsFor(campaigns: readonly Campaign[], most: number): FmeContext[] {
  const fitting = campaigns.map((campaign) => sampleOf(segmentsOf(campaign)))
  const ids = fitting.flatMap(({ userIds }) => userIds.filter(Boolean)).slice(0, most)
  const all = campaigns.flatMap(segmentsOf)
  return [
    ...campaigns
      .slice(0, most)
      .map((campaign, index) => fittingContext(`dry-run-${index}`, segmentsOf(campaign))),
    ...ids.map((id) => fittingContext(id, all)),
    ...['a', 'b'].map((id) => ({ id: `dry-run-${id}` })),
  ].slice(0, most)
}

/** The name of a feature that has one rule of another one alone. No key of VWO's has a line break in it. */
const aloneKey = (key: string, rule: number): string => `${key}\n${rule}`

/** A settings-file of these features alone, and of each rule of theirs as a feature; nothing excludes another. */
function partOf(
  file: SettingsFile,
  places: readonly number[],
  campaigns: ReadonlyMap<number | string, Campaign>,
): SettingsFile {
  const features = places.flatMap((place) => file.features[place] ?? [])
  const alone = features.flatMap((feature) => {
    const rules = (feature.rules ?? []).filter(({ campaignId }) => campaigns.has(campaignId))
    return rules.map((rule, index) => ({ ...feature, key: aloneKey(feature.key, index), rules: [rule] }))
  })
  const linked = new Set(features.flatMap((feature) => campaignsOf(feature, campaigns)))
  return {
    ...file,
    features: [...features, ...alone],
    campaigns: [...linked],
    groups: {},
    campaignGroups: {},
  }
}

function expressionsOf(campaign: Campaign): readonly string[] {
  return sampleOf(segmentsOf(campaign)).expressions
}
