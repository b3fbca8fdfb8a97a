import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { nameOf } from '../../../text/words.ts'
import type { Change, Changes } from '../../product.ts'
import { fieldChanges, isSame, rootChanges } from '../../summary/field-change.ts'
import { groupChanges } from '../../summary/group-change.ts'
import { eventsChanges, variablesChanges } from '../../summary/inner-changes.ts'
import { matchById, matchCampaigns } from '../../summary/match.ts'
import { changeOf, firstSettings, summaryOf } from '../../summary/one-line.ts'
import { type Campaign, campaignsById, campaignsOf, type Feature } from '../judge/parts.ts'
import { linkedRules } from '../rules.ts'
import { ruleChanges, ruleInWords } from './rule-change.ts'

const phrasedFields = new Set(['features', 'campaigns', 'groups', 'campaignGroups', 'holdouts'])
const featureFields = new Set(['rules', 'metrics', 'variables'])

type ById = ReadonlyMap<number | string, Campaign>

/**
 * Says in words for people what the next settings-file changes.
 *
 * `checkout: rolloutRule1 traffic 50 → 80 %, rule testingRule1 removed; old-banner: no longer there`
 *
 * Features are matched by key, as by apps, and where that is another one by id; rules by their keys. The sdkKey is never
 * named, and whitelisted user ids are counted only.
 *
 * @param previous - What is published now; undefined when nothing is.
 */
export function summariseChange(
  previous: SettingsFile | undefined,
  next: SettingsFile,
): Pick<Changes, 'summary' | 'changes'> {
  if (previous === undefined) return firstSettings(next.features.length, 'feature')
  return summaryOf(changesBetween(previous, next))
}

function changesBetween(previous: SettingsFile, next: SettingsFile): Change[] {
  const changes: Change[] = []
  const add = (subject: string, kind: Change['kind'], text: string): void =>
    void changes.push(changeOf(subject, kind, text))
  const [before, after] = [campaignsById(previous), campaignsById(next)]

  for (const text of rootChanges(previous, next, phrasedFields)) add('settings-file', 'changed', text)
  const { pairs, added, removed } = matchCampaigns(previous.features, next.features)
  for (const [from, to] of pairs) {
    for (const text of featureChanges(from, before, to, after)) add(nameOf(to.key), 'changed', text)
  }
  for (const feature of added) add(nameOf(feature.key), 'added', newFeature(feature, after))
  for (const feature of removed) add(nameOf(feature.key), 'removed', 'no longer there')

  const groups = groupChanges(previous.groups, next.groups, ruleNames(previous, next))
  changes.push(...groups)
  const isRegrouped = !isSame(previous.campaignGroups ?? {}, next.campaignGroups ?? {})
  if (isRegrouped && (groups.length === 0 || !areListsAlike(previous, next)))
    add('settings-file', 'changed', 'groups of rules changed')
  changes.push(...holdoutChanges(previous, next))
  return changes
}

function newFeature(feature: Feature, campaigns: ById): string {
  const rules = linkedRules(feature, campaigns)
  return rules.length === 0 ? 'new, without rules' : `new: ${rules.map(ruleInWords).join(', ')}`
}

function featureChanges(
  before: Feature,
  campaignsBefore: ById,
  after: Feature,
  campaignsAfter: ById,
): string[] {
  const [from, to] = [campaignsOf(before, campaignsBefore), campaignsOf(after, campaignsAfter)]
  // Kept from the one before, as nearly all are.
  if (before === after && from.length === to.length && from.every((each, index) => each === to[index]))
    return []
  const texts: string[] = []
  const rules = matchById(linkedRules(before, campaignsBefore), linkedRules(after, campaignsAfter))
  for (const [one, other] of rules.pairs) {
    const name = nameOf(other.rule.ruleKey)
    texts.push(...ruleChanges(one, other).map((text) => `${name} ${text}`))
  }
  for (const rule of rules.added) texts.push(`new rule ${ruleInWords(rule)}`)
  for (const { rule } of rules.removed) texts.push(`rule ${nameOf(rule.ruleKey)} removed`)
  // The first one that takes a user decides.
  if (rules.isReordered) texts.push('rules in another order')
  texts.push(...variablesChanges(variablesOf(before), variablesOf(after)))
  texts.push(...eventsChanges('metric', before.metrics, after.metrics))
  texts.push(...fieldChanges(before, after, featureFields))
  return texts
}

/** What a feature itself has of them is looked at by the schema alone. */
function variablesOf(feature: Feature): Campaign['variations'][number]['variables'] {
  return feature['variables'] as Campaign['variations'][number]['variables']
}

/** @returns Names a member of a group, `"2"` or `"3_1"`, by the feature and rule that it belongs to. */
function ruleNames(previous: SettingsFile, next: SettingsFile): (member: string) => string {
  const names = new Map<string, string>()
  for (const { key, rules = [] } of [...previous.features, ...next.features]) {
    for (const { campaignId, variationId, ruleKey } of rules) {
      const name = `${nameOf(key)} ${nameOf(ruleKey)}`
      names.set(String(campaignId), name)
      if (variationId !== undefined) names.set(`${campaignId}_${variationId}`, name)
    }
  }
  return (member) => names.get(member) ?? `rule ${nameOf(member)}`
}

/** Whether rules that are said to be in another group are so by what groups list, too, of which each change is told. */
function areListsAlike(previous: SettingsFile, next: SettingsFile): boolean {
  const [before, after] = [groupsByMember(previous), groupsByMember(next)]
  return [...new Set([...before.said.keys(), ...after.said.keys()])].every((member) => {
    const [from, to] = [before.said.get(member), after.said.get(member)]
    return from === to || (from === before.listed.get(member) && to === after.listed.get(member))
  })
}

/** In which group each member is said to be, and which lists it. */
function groupsByMember({
  groups = {},
  campaignGroups = {},
}: SettingsFile): Record<'said' | 'listed', Map<string, string>> {
  const said = Object.entries(campaignGroups).map(([member, id]) => [member, String(id)] as const)
  const listed = Object.entries(groups).flatMap(([id, { campaigns }]) =>
    campaigns.map((member) => [member, id] as const),
  )
  return { said: new Map(said), listed: new Map(listed) }
}

function holdoutChanges(
  { holdouts: before = [] }: SettingsFile,
  { holdouts: after = [] }: SettingsFile,
): Change[] {
  const { pairs, added, removed } = matchById(before, after)
  const subject = ({ name }: { readonly name: string }): string => `holdout ${nameOf(name)}`
  return [
    ...pairs.flatMap(([from, to]) =>
      fieldChanges(from, to).map((text) => changeOf(subject(to), 'changed', text)),
    ),
    ...added.map((each) => changeOf(subject(each), 'added', `new, ${each.percentTraffic} % of users`)),
    ...removed.map((each) => changeOf(subject(each), 'removed', 'no longer there')),
  ]
}
