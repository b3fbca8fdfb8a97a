import type { SettingsFile } from '@vwo-hub/protocol/fme'
import type { GroupStep } from '../../explain/decision-path.ts'
import { isEmpty } from '../../preview/fit.ts'
import { nameOf } from '../../../text/words.ts'
import type { User } from '../../users.ts'
import { type Campaign, campaignsById, type Feature, groupIdOf, groupIn, memberOf } from '../judge/parts.ts'
import {
  isRollout,
  isTest,
  isWithoutSegment,
  ownVariation,
  type Running,
  runningRules,
  segmentOf,
} from '../rules.ts'
import type { Accepts } from '../segments.ts'
import { chosenOf, rangesInWords } from '../../explain/ranges.ts'
import { groupNumber, isInTraffic, rangesOf } from './numbers.ts'

/** A rule that could get the user. */
interface Candidate extends Running {
  readonly feature: Feature
}

interface RolledOut {
  readonly isIn: boolean
  readonly asked: Campaign
}

/** The number by which VWO says that a group chooses at random. */
const RANDOM = 1

/**
 * Which rule of a group gets the user: at most one of them does.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/utils/MegUtil.ts`
 */
export function createGroupSteps({
  file,
  feature,
  user,
  accepts,
}: {
  readonly file: SettingsFile
  readonly feature: Feature
  readonly user: User
  readonly accepts: Accepts
}): {
  /** Where the group that a rule is said to be of is not there: the SDK throws, and the feature is off. */
  lost(one: Running): GroupStep | undefined
  /** Where another rule of the feature has had its group chosen before. */
  known(one: Running): GroupStep | undefined
  /** @returns undefined for a rule that is in no group; `isEnd` where the SDK throws. */
  choose(one: Running): Promise<(GroupStep & { readonly isEnd?: true }) | undefined>
} {
  const campaigns = campaignsById(file)
  const winners = new Map<string, Candidate | undefined>()
  const rolledOut = new Set([feature])

  const groupOf = ({ rule, campaign }: Running): string | undefined =>
    groupIdOf(file, memberOf(rule, campaign))
  const titleOf = (id: string): string => `Group ${nameOf(groupIn(file, id)?.name ?? id)}`
  const isFor = async ({ rule, campaign }: Running, asked: Campaign): Promise<boolean> => {
    const segment = segmentOf(rule, campaign)
    const holder = { accountId: file.accountId, isUserListEnabled: asked.isUserListEnabled }
    return isEmpty(segment) || (await accepts(segment as object, user, holder))
  }

  const isLost = (one: Running): boolean => {
    const id = groupOf(one)
    return id !== undefined && groupIn(file, id) === undefined
  }

  /**
   * Whether a rollout takes the user, without which no other rule of a feature is asked, and the campaign that was asked last;
   * why, where the SDK throws. It does not ask again where a rollout has taken the user.
   */
  async function rollOut(of: Feature, before: Campaign): Promise<RolledOut | string> {
    const rollouts = runningRules(of, campaigns).filter(isRollout)
    if (rollouts.length === 0 || rolledOut.has(of)) return { isIn: true, asked: before }
    let asked = before
    for (const one of rollouts) {
      if (isLost(one)) return `a rollout of ${nameOf(of.key)} is said to be of a group that is not there`
      if (isWithoutSegment(one)) return `a rollout of ${nameOf(of.key)} has no segment, not even an empty one`
      asked = one.campaign
      if (!(await isFor(one, asked))) continue
      const isIn = isInTraffic(one.rule, asked, user.id)
      if (isIn) rolledOut.add(of)
      return { isIn, asked }
    }
    return { isIn: false, asked }
  }

  const isListedBy = ({ rules = [] }: Feature, member: string): boolean => {
    const [campaignId, variationId] = member.split('_').map(Number)
    return rules.some(
      (rule) =>
        rule.campaignId === campaignId && (variationId === undefined || rule.variationId === variationId),
    )
  }

  /** As what a group may list a rule. */
  const idsOf = ({ rule, campaign }: Running): string[] => [
    String(campaign.id),
    `${campaign.id}_${ownVariation(rule, campaign)?.id}`,
  ]

  /**
   * Candidates find the user in their lists as what was asked last does, by id or by hash: all of them are asked after all
   * rollouts.
   *
   * @returns Why, where the SDK throws.
   */
  async function candidatesIn(
    id: string,
    asking: Campaign,
  ): Promise<{ could: Candidate[]; couldNot: Candidate[] } | string> {
    const listed = groupIn(file, id)?.campaigns ?? []
    const [could, couldNot]: [Candidate[], Candidate[]] = [[], []]
    // In the order in which the group lists them, by which they share the numbers.
    const features = new Set(
      listed.flatMap((member) => file.features.filter((each) => isListedBy(each, member))),
    )
    const isIn = new Set<Feature>()
    let asked = asking
    for (const other of features) {
      const found = await rollOut(other, asked)
      if (typeof found === 'string') return found
      asked = found.asked
      if (found.isIn) isIn.add(other)
    }
    for (const other of features) {
      for (const one of runningRules(other, campaigns)) {
        if (!idsOf(one).some((member) => listed.includes(member))) continue
        if (isIn.has(other) && isWithoutSegment(one))
          return `${nameIn({ ...one, feature: other })} has no segment, not even an empty one`
        const fits =
          isIn.has(other) && (await isFor(one, asked)) && isInTraffic(one.rule, one.campaign, user.id)
        ;(fits ? could : couldNot).push({ ...one, feature: other })
      }
    }
    return { could, couldNot }
  }

  const nameIn = ({ rule, feature: of }: Candidate): string =>
    of === feature ? nameOf(rule.ruleKey) : `${nameOf(of.key)} ${nameOf(rule.ruleKey)}`
  const namesIn = (list: readonly Candidate[]): string =>
    list.length === 0 ? 'none' : list.map(nameIn).join(', ')

  /** How one of several is chosen. */
  function choice(
    id: string,
    could: readonly Candidate[],
  ): { winner: Candidate | undefined; how: string; details: string[] } {
    const { et = RANDOM, p = [], wt = {} } = groupIn(file, id) ?? {}
    const weights = wt as Readonly<Record<string, number | string>>
    const isRandom = et === RANDOM
    const first = isRandom
      ? undefined
      : p.flatMap((one) => could.find((each) => idsOf(each).includes(one)) ?? [])[0]
    if (first !== undefined) return { winner: first, how: 'by priority ', details: [] }
    const weighed = isRandom
      ? could
      : could.filter((each) => idsOf(each).some((one) => Object.hasOwn(weights, one)))
    const equal = Math.round((100 / could.length) * 10_000) / 10_000
    const weightOf = (each: Candidate): number =>
      isRandom
        ? equal
        : Number(idsOf(each).flatMap((one) => (Object.hasOwn(weights, one) ? [weights[one]] : []))[0])
    const ranges = rangesOf(weighed, weightOf)
    const number = groupNumber(id, user.id)
    return {
      winner: chosenOf(ranges, number),
      how: `the user's number from 1 to 10000 is ${number}, `,
      details: rangesInWords(ranges, nameIn),
    }
  }

  const isSame = (one: Running, other: Candidate | undefined): boolean =>
    other !== undefined &&
    other.campaign.id === one.campaign.id &&
    (isTest(one.campaign) ||
      ownVariation(other.rule, other.campaign)?.id === ownVariation(one.rule, one.campaign)?.id)

  return {
    lost(one) {
      const id = groupOf(one)
      if (id === undefined || !isLost(one)) return undefined
      const text = `There is no group ${nameOf(id)}, of which ${nameOf(one.rule.ruleKey)} is said to be: the SDK fails.`
      return { isPassed: false, text, details: [] }
    },
    known(one) {
      const id = groupOf(one)
      if (id === undefined || !winners.has(id)) return undefined
      const isPassed = isSame(one, winners.get(id))
      const who = isPassed
        ? `${nameOf(one.rule.ruleKey)} gets the user`
        : 'it is not this rule that gets the user'
      const text = `${titleOf(id)}: ${who}, as was found above.`
      return { isPassed, text, details: [] }
    },
    async choose(one) {
      const id = groupOf(one)
      if (id === undefined) return undefined
      const found = await candidatesIn(id, one.campaign)
      if (typeof found === 'string')
        return { isPassed: false, text: `${titleOf(id)}: ${found}: the SDK fails.`, details: [], isEnd: true }
      const { could, couldNot } = found
      const { winner, how, details } =
        could.length > 1 ? choice(id, could) : { winner: could[0], how: '', details: [] }
      // Of a rule of another feature it is only known that it is none of this one's.
      winners.set(id, winner)
      const isPassed = isSame(one, winner)
      const gets = winner === undefined ? 'no rule gets the user' : `${nameIn(winner)} gets the user`
      const all = [`could get the user: ${namesIn(could)}`, `could not: ${namesIn(couldNot)}`, ...details]
      return { isPassed, text: `${titleOf(id)}: ${how}${gets}.`, details: all }
    },
  }
}
