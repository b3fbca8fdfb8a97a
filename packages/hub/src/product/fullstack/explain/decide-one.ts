import { normaliseSettings, type SettingsFile } from '@vwo-hub/protocol/fullstack'
import type { Decision as AnyDecision, ExplainQuestion } from '../../explanation.ts'
import type { LoadedSdk } from '../dry-run/load-sdk.ts'
import type { DecisionOptions, VwoInstance } from '../dry-run/sdk.ts'
import { launchAlone } from '../dry-run/trial.ts'
import { isOn } from '../dry-run/decisions.ts'
import { conditionInWords, conditionsIn } from '../../explain/conditions.ts'
import { readJudged } from '../../judge/read-judged.ts'
import { nameOf } from '../../../text/words.ts'
import { tidy } from '../judge/tidy.ts'
import { listen, type Trace } from './trace.ts'

type Campaign = SettingsFile['campaigns'][number]

/** What the SDK answers. */
export interface Decision extends AnyDecision {
  /** The name of the variation, `null` for none. Not for feature rollouts. */
  readonly variation?: string | null
  /** Not for A/B tests. */
  readonly isFeatureEnabled?: boolean
}

/** A decision, and what the SDK noted on the way to it. */
export interface Decided {
  readonly decision: Decision
  readonly trace: Trace
  /** Conditions of the campaign's segment, and of those that force users into a variation, in words. */
  readonly segment: readonly string[]
  readonly whitelisting: readonly string[]
  /** Those of the settings-file, tidy. */
  readonly campaigns: readonly Campaign[]
}

/** Launches the SDK and decides once, as an app without a user storage does. */
export function decideAndTrace(
  { sdk, inside }: Pick<Extract<LoadedSdk, { ok: true }>, 'sdk' | 'inside'>,
  question: ExplainQuestion,
): Decided {
  const { text, unit: campaignKey, userId, customVariables, variationTargetingVariables } = question
  const take = listen(inside)
  const settingsFile = readJudged<SettingsFile>({ normalise: normaliseSettings }, text)
  const { campaigns } = tidy(settingsFile)
  // The SDK takes the first one of a key.
  const campaign = campaigns.find(({ key }) => key === campaignKey)
  const vwo = launchAlone(sdk, settingsFile)
  const options = { customVariables, variationTargetingVariables }
  take()
  const answer =
    campaign?.type === 'FEATURE_ROLLOUT'
      ? { isFeatureEnabled: isOn(vwo.isFeatureEnabled(campaignKey, userId, options)) }
      : { variation: nameOrNull(vwo.getVariationName(campaignKey, userId, options)) }
  const trace = take()
  const conditions = createConditions(inside)
  const uuid = trace.flatMap((item) => ('uuid' in item ? [item.uuid] : []))[0]
  const targeting = {
    ...variationTargetingVariables,
    _vwoUserId: campaign?.isUserListEnabled === true ? String(uuid) : userId,
  }
  return {
    decision: { ...answer, ...featuresOf(vwo, campaign, userId, options, answer) },
    trace,
    segment: conditions(campaign?.segments, customVariables ?? {}),
    whitelisting:
      campaign?.isForcedVariationEnabled === true
        ? campaign.variations.flatMap(({ name, segments }) =>
            conditions(segments, targeting).map((condition) => `${nameOf(name)}: ${condition}`),
          )
        : [],
    campaigns,
  }
}

function featuresOf(
  vwo: VwoInstance,
  campaign: Campaign | undefined,
  userId: string,
  options: DecisionOptions,
  { variation, isFeatureEnabled }: Decision,
): Decision {
  const isIn = isFeatureEnabled ?? typeof variation === 'string'
  if (!isIn || campaign === undefined || campaign.type === 'VISUAL_AB') return {}
  const own = campaign.variations.flatMap(({ variables = [] }) => variables)
  const keys = new Set([...(campaign.variables ?? []), ...own].map(({ key }) => key))
  const variables = Object.fromEntries(
    [...keys].map((key) => [key, vwo.getFeatureVariableValue(campaign.key, key, userId, options)]),
  )
  const isOnNow = isFeatureEnabled ?? isOn(vwo.isFeatureEnabled(campaign.key, userId, options))
  return { isFeatureEnabled: isOnNow, variables }
}

function nameOrNull(answer: unknown): string | null {
  return typeof answer === 'string' ? answer : null
}

type Evaluate = (segment: object, variables: object, campaignKey: string, userId: string) => unknown

/** @returns Evaluates each condition of a segment with the evaluator of a copy of the SDK; see `lib/core/SegmentEvaluator.js`. */
function createConditions(
  inside: (path: string) => unknown,
): (segment: unknown, variables: Readonly<Record<string, unknown>>) => string[] {
  const evaluate = inside('core/SegmentEvaluator') as Evaluate
  const isMet = (leaf: object, variables: object): boolean => {
    try {
      return evaluate(leaf, variables, '', '') === true
    } catch {
      // Nobody meets a condition that cannot be evaluated.
      return false
    }
  }
  return (segment, variables) =>
    conditionsIn(segment).map((leaf) => conditionInWords(leaf, variables, isMet(leaf, variables)))
}
