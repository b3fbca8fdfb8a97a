import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import type { OwnFault } from '../../problems.ts'
import { goalsOf, listOf, variablesOf } from './campaigns.ts'
import { nearestOf } from '@vwo-hub/protocol'
import type { VwoMethods } from './vwo-methods.ts'

type Campaign = SettingsFile['campaigns'][number]

/** How much of a key is told: it may be anything. */
const LONGEST = 100

/**
 * Has keys told that the settings do not know. The SDK answers for them as for a user who is not part of it, so that a
 * misspelling looks like a decision. Looked at only where the answer is "no": everything else was found.
 *
 * @param options.tell - Told what cannot be found, and what may be meant.
 */
export function tellUnknownKeys<Methods extends VwoMethods>(
  methods: Methods,
  options: {
    readonly settings: () => SettingsFile | undefined
    readonly tell: (code: OwnFault, what: string, findReason: () => string) => void
  },
): Methods {
  const { settings, tell } = options
  const indexes = new WeakMap<SettingsFile, ReadonlyMap<string, Campaign>>()

  /** By key; of several with one key the SDK goes by the first. */
  function indexOf(file: SettingsFile): ReadonlyMap<string, Campaign> {
    const found = indexes.get(file)
    if (found !== undefined) return found
    const index = new Map(
      listOf(file.campaigns)
        .toReversed()
        .map((campaign) => [campaign.key, campaign]),
    )
    indexes.set(file, index)
    return index
  }

  function find(key: unknown): Campaign | undefined {
    const file = settings()
    if (file === undefined) return undefined
    const index = indexOf(file)
    const campaign = index.get(key as string)
    if (campaign === undefined) {
      missing('unknown-campaign', 'campaign', key, {
        known: index.keys(),
        otherwise: 'it is not in the settings in use, as one that is paused is not',
      })
    }
    return campaign
  }

  function missing(
    code: OwnFault,
    noun: string,
    key: unknown,
    { known, otherwise }: { readonly known: Iterable<string>; readonly otherwise: string },
  ): void {
    const asked = String(key).slice(0, LONGEST)
    tell(code, `Cannot find ${noun} ${JSON.stringify(asked)}`, () => {
      const nearest = nearestOf(asked, known)
      return nearest === undefined
        ? otherwise
        : `${otherwise}. The nearest name is ${JSON.stringify(nearest)}`
    })
  }

  function lookForVariable(campaignKey: unknown, key: unknown): void {
    const campaign = find(campaignKey)
    if (campaign === undefined) return
    const known = variablesOf(campaign)
    if (known.includes(key as string)) return
    missing('unknown-variable', `variable of ${JSON.stringify(campaign.key)}:`, key, {
      known,
      otherwise: 'the campaign has none of that name',
    })
  }

  function lookForGoal(campaigns: unknown, goal: unknown): void {
    const file = settings()
    if (file === undefined) return
    const named = typeof campaigns === 'string' ? [campaigns] : campaigns
    const asked = Array.isArray(named) ? listOf(named.map(find) as Campaign[]) : listOf(file.campaigns)
    const known = asked.flatMap(goalsOf)
    if (asked.length === 0 || known.includes(goal as string)) return
    missing('unknown-goal', 'goal', goal, { known, otherwise: 'no campaign that was asked for has it' })
  }

  const isTracked = (answer: unknown): boolean =>
    typeof answer === 'object' && answer !== null && Object.values(answer).every(Boolean)

  const looked = <Args extends unknown[]>(
    method: (...args: Args) => unknown,
    isFound: (answer: unknown) => boolean,
    look: (...args: Args) => unknown,
  ) => {
    const seen = (answer: unknown, args: Args): void => {
      try {
        if (!isFound(answer)) look(...args)
      } catch {
        // A hint that cannot be given is no reason for the app's call to fail.
      }
    }
    return (...args: Args): unknown => {
      const answer = method(...args)
      // Promises of the façade do not reject.
      if (answer instanceof Promise) void answer.then((value: unknown) => seen(value, args))
      else seen(answer, args)
      return answer
    }
  }

  return {
    ...methods,
    activate: looked(methods.activate, Boolean, find),
    getVariationName: looked(methods.getVariationName, Boolean, find),
    getVariation: looked(methods.getVariation, Boolean, find),
    isFeatureEnabled: looked(methods.isFeatureEnabled, Boolean, find),
    getFeatureVariableValue: looked<Parameters<VwoMethods['getFeatureVariableValue']>>(
      methods.getFeatureVariableValue,
      (answer) => answer !== null,
      lookForVariable,
    ),
    track: looked(methods.track, isTracked, (campaigns, _user, goal) => lookForGoal(campaigns, goal)),
  }
}
