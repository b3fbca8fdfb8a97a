/**
 * What segments of FME ask for, and whom they accept.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/packages/segmentation-evaluator/evaluators`
 * @module
 */
import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { type Condition, type Segments, USER_ID } from '../preview/fit.ts'
import type { Population } from '../preview/populations.ts'
import type { User } from '../users.ts'
import { contextOf, whereabouts } from './dry-run/contexts.ts'
import type { StartClient, Started } from './dry-run/start-client.ts'
import type { Campaign, Feature } from './judge/parts.ts'

/** Operators that ask what else an app passes of a user, or for a feature; the SDK evaluates them only in such a list. */
const lists: ReadonlyMap<string, 'and' | 'or'> = new Map([
  ...(['country', 'region', 'city'] as const).map((name) => [name, 'and'] as const),
  ...(['os', 'browser_string', 'device_type', 'device'] as const).map((name) => [name, 'or'] as const),
  ['ua', 'or'],
  ['ip_address', 'or'],
  ['featureId', 'or'],
])
/** Before the name of such an operator, among names of variables: none of VWO's has a line break in it. */
const OPERATOR = '\n'
const FEATURE = `${OPERATOR}featureId`
/** No segment can ask for it: the SDK looks for integers. */
const NO_FEATURE_ID = 0.5

/** Whose a segment is: by hashes of the account a list of users may name them. */
export type Holder = Partial<Pick<SettingsFile, 'accountId'> & Pick<Campaign, 'isUserListEnabled'>>

/** Whether a segment accepts a user. */
export type Accepts = (segment: object, user: User, holder?: Holder) => Promise<boolean>

/**
 * @param features - Those of the settings-file: a segment may ask for one of them.
 * @returns Asks a client of the SDK with a feature for those alone whom a segment accepts.
 */
export function createAccepts(start: StartClient, features: readonly Feature[]): Accepts {
  const [byId, byHash] = [new WeakMap<object, Promise<Started>>(), new WeakMap<object, Promise<Started>>()]
  return async (segment, user, holder = {}) => {
    const started = holder.isUserListEnabled === true ? byHash : byId
    const starting = started.get(segment) ?? start(settingsFor(segment, holder, askedIn(segment, features)))
    started.set(segment, starting)
    const client = await starting
    const decided = client.ok ? await client.trial.decide('segment', contextOf(user)) : client
    return decided.ok && 'flag' in decided && decided.flag.isEnabled()
  }
}

/** What kinds of users are made with: users of no list have an id that none names. */
export function segmentsWith(accepts: Accepts): Segments {
  return {
    async evaluate(segment, given) {
      const { [USER_ID]: id = '\n', ...variables } = given as Record<string, string>
      return await accepts(segment, { id, ...userWith(variables, 'customVariables') })
    },
    conditionOf(operator, operand, segment) {
      if (operator === 'user' && typeof operand === 'string')
        return { name: USER_ID, texts: [operand], segment, isList: true }
      if (operator === 'custom_variable' && typeof operand === 'object' && operand !== null)
        return variableIn(operand, segment)
      // Of all users the same is true.
      if (operator === 'featureId') return { name: FEATURE, texts: [], segment: aloneSegment(segment) }
      const texts = (Array.isArray(operand) ? operand : [operand]).filter((text) => typeof text === 'string')
      if (!lists.has(operator) || texts.length === 0) return 'unsure'
      return { name: `${OPERATOR}${operator}`, texts, segment: aloneSegment(segment) }
    },
  }
}

/** A segment of one condition alone, as the SDK evaluates it. */
export function aloneSegment(condition: object): object {
  const list = lists.get(Object.keys(condition)[0] ?? '')
  return list === undefined ? condition : { [list]: [condition] }
}

/** @param where - As what the SDK is given the variables. */
export function userWith(
  variables: Readonly<Record<string, string>>,
  where: 'customVariables' | 'variationTargetingVariables',
): Pick<Population, typeof where | 'context'> {
  const own = Object.entries(variables).filter(([name]) => !name.startsWith(OPERATOR))
  const asked = Object.entries(variables).filter(([name]) => name.startsWith(OPERATOR))
  const texts = Object.fromEntries(asked.map(([name, value]) => [name.slice(OPERATOR.length), value]))
  return {
    ...(own.length > 0 && { [where]: Object.fromEntries(own) }),
    ...(asked.length > 0 && { context: whereabouts(texts) }),
  }
}

function variableIn(operand: object, segment: object): Condition | 'unsure' {
  const [name = '', condition] = Object.entries(operand)[0] ?? []
  // A gateway service is asked about what is in a list.
  if (typeof condition !== 'string' || condition.includes('inlist')) return 'unsure'
  return { name, texts: [condition], segment }
}

/** The features that a segment can ask for, without what decides them: that they are there is all that is looked at. */
function askedIn(segment: object, features: readonly Feature[]): Feature[] {
  const text = JSON.stringify(segment)
  if (!text.includes('"featureId"')) return []
  return features
    .filter(({ id }) => text.includes(String(id)))
    .map((feature) => ({ ...feature, rules: [], metrics: [] }))
}

function settingsFor(
  segment: object,
  { accountId = 1, isUserListEnabled = false }: Holder,
  features: readonly Feature[],
): SettingsFile {
  const variation = { id: 1, name: 'segment', weight: 100, segments: segment, variables: [] }
  return {
    version: 1,
    accountId,
    features: [
      {
        ...{ id: NO_FEATURE_ID, key: 'segment', name: 'segment', type: 'FEATURE_FLAG', status: 'ON' },
        metrics: [],
        rules: [{ type: 'FLAG_ROLLOUT', ruleKey: 'segment', campaignId: 1, variationId: 1 }],
      },
      ...features,
    ],
    campaigns: [
      {
        ...{ id: 1, key: 'segment', name: 'segment', type: 'FLAG_ROLLOUT', status: 'RUNNING' },
        ...{ segments: {}, variations: [variation], isUserListEnabled },
      },
    ],
  } as SettingsFile
}
