import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { placeNamed } from '../../judge/unit-finding.ts'
import type { Outcome } from '../../judge/proven.ts'
import { createTryEach, type Tries, type TryFile, type TryOptions } from '../../judge/try-each.ts'
import { sampleOf } from '../../segments/sample-users.ts'
import { fittingContext, segmentsOf } from '../dry-run/contexts.ts'
import type { FmeContext } from '../dry-run/sdk.ts'
import type { StartClient, Trial } from '../dry-run/start-client.ts'
import type { GroupPart } from '../../judge/parts.ts'
import { type Campaign, campaignsById, campaignsOf, type Feature } from './parts.ts'

/** How many decisions are made for a whole file at most, and for one feature; each takes some tenths of a millisecond. */
const MOST_DECISIONS = 2000
const MOST_DECISIONS_PER_FEATURE = 16
/** So many features are tried with one client. */
const TOGETHER = 50
/** How many users are decided for by each feature of a group. */
const GROUP_USERS = 3
/** How many events of a feature are tracked. */
const MOST_EVENTS = 20

/** Each feature is tried by itself, and each of its rules as if there were no other; see {@link createTryEach}. */
export function createTry({
  start,
  ...options
}: TryOptions & { readonly start: StartClient }): TryFile<SettingsFile> {
  const triesOf = (file: SettingsFile): Tries<GroupPart, Trial> => {
    const campaigns = campaignsById(file)
    const ownOf = (feature: Feature | undefined): Campaign[] =>
      feature ? campaignsOf(feature, campaigns) : []
    return {
      async root() {
        const started = await start({ ...file, features: [], campaigns: [], groups: {}, campaignGroups: {} })
        if (!started.ok) return started.why
        await started.trial.setAttribute('dry-run')
        return undefined
      },
      launch: async (places) => await start(partOf(file, places, campaigns)),
      expressionsOf: (place) => ownOf(file.features[place]).flatMap(expressionsOf),
      async unit(trial, place, count) {
        const feature = file.features[place] as Feature
        const most = Math.max(4, Math.min(MOST_DECISIONS_PER_FEATURE, Math.floor(MOST_DECISIONS / count)))
        return await tryFeature(trial, feature, ownOf(feature), most)
      },
      async group({ id, members }) {
        const { groups = {}, campaignGroups = {} } = file
        // Who is said to be in one that is not there is told of by itself.
        const memberships = Object.entries(campaignGroups).filter(([, of]) => String(of) === id)
        const started = await start({
          ...partOf(file, members, campaigns),
          groups,
          campaignGroups: Object.fromEntries(memberships),
        })
        if (!started.ok) return started.why
        let outcome: Outcome = {}
        for (const place of members) {
          Atomics.store(options.progress, 0, place + 1)
          const feature = file.features[place]
          if (feature === undefined) continue
          const segments = ownOf(feature).flatMap(segmentsOf)
          for (let user = 0; user < GROUP_USERS; user += 1) {
            const context = fittingContext(`dry-run-${user}`, segments)
            const decided = await started.trial.decide(feature.key, context)
            if (decided.ok || outcome.fault !== undefined) continue
            const where = placeNamed('groups', id)
            outcome = { fault: { kind: 'undecided', place: where, why: decided.why } }
          }
        }
        await turn()
        return outcome
      },
    }
  }
  return createTryEach({ list: 'features', together: TOGETHER, triesOf, ...options })
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
