import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { matchById } from '../../summary/match.ts'
import { segmentInWords } from '../../summary/segment-change.ts'
import { fieldChanges, isSame, transition } from '../../summary/field-change.ts'
import { counted, nameOf, valueOf } from '../../../text/words.ts'

export type Campaign = SettingsFile['campaigns'][number]
type Variation = Campaign['variations'][number]
type Goal = Campaign['goals'][number]
type Variable = NonNullable<Campaign['variables']>[number]

const campaignFields = new Set(['percentTraffic', 'goals', 'variations', 'variables', 'segments'])
const variationFields = new Set(['weight', 'changes', 'segments', 'variables'])
const variableFields = new Set(['value'])

/** A campaign that was not there before. Only running ones are listed by VWO, so it has just begun. */
export function newCampaign(campaign: Campaign): string {
  const state = campaign.status === 'RUNNING' ? 'now running' : `new, status ${nameOf(campaign.status)}`
  return `${state} (traffic ${campaign.percentTraffic} %, ${counted(campaign.variations.length, 'variation')})`
}

/** A campaign that is listed no more: it was paused or deleted. */
export function goneCampaign(campaign: Campaign): string {
  return campaign.status === 'RUNNING' ? 'no longer running' : 'no longer listed'
}

/** What changed within one campaign. */
export function campaignChanges(before: Campaign, after: Campaign): string[] {
  const texts: string[] = []
  if (before.percentTraffic !== after.percentTraffic) {
    texts.push(transition('traffic', valueOf(before.percentTraffic), valueOf(after.percentTraffic), ' %'))
  }
  texts.push(...variationsChanges(before.variations, after.variations))
  texts.push(...variablesChanges(before.variables, after.variables))
  if (!isSame(before.segments, after.segments)) {
    const [from, to] = [before.segments, after.segments].map((segment) =>
      segmentInWords(segment, 'all users'),
    )
    texts.push(transition('segment', from ?? '', to ?? ''))
  }
  texts.push(...goalsChanges(before.goals, after.goals))
  texts.push(...fieldChanges(before, after, campaignFields))
  return texts
}

function variationsChanges(before: readonly Variation[], after: readonly Variation[]): string[] {
  const { pairs, added, removed, isReordered } = matchById(before, after)
  const texts = pairs.flatMap(([from, to]) => {
    const name = nameOf(to.name)
    return variationChanges(from, to).map((text) => `${name} ${text}`)
  })
  for (const { name, weight } of added)
    texts.push(`new variation ${nameOf(name)} (weight ${valueOf(weight)})`)
  for (const { name } of removed) texts.push(`variation ${nameOf(name)} removed`)
  if (isReordered) texts.push('variations in another order')
  return texts
}

function variationChanges(before: Variation, after: Variation): string[] {
  const texts: string[] = []
  if (before.weight !== after.weight) {
    texts.push(transition('weight', valueOf(before.weight), valueOf(after.weight)))
  }
  texts.push(...variablesChanges(before.variables, after.variables))
  // In a variation, segments say who is forced into it.
  if (!isSame(before.segments ?? {}, after.segments ?? {})) {
    const [from, to] = [before.segments, after.segments].map((segment) => segmentInWords(segment, 'nobody'))
    texts.push(transition('whitelisting', from ?? '', to ?? ''))
  }
  if (!isSame(before.changes ?? {}, after.changes ?? {})) texts.push('content changed')
  texts.push(...fieldChanges(before, after, variationFields))
  return texts
}

function variablesChanges(
  before: readonly Variable[] | undefined = [],
  after: readonly Variable[] | undefined = [],
): string[] {
  const { pairs, added, removed } = matchById(before, after)
  const texts = pairs.flatMap(([from, to]) => {
    const label = `variable ${codeOf(to.key)}`
    const changes = fieldChanges(from, to, variableFields).map((text) => `${label} ${text}`)
    if (!isSame(from.value, to.value))
      changes.unshift(transition(label, valueOf(from.value), valueOf(to.value)))
    return changes
  })
  for (const { key, value } of added) texts.push(`new variable ${codeOf(key)} = ${valueOf(value)}`)
  for (const { key } of removed) texts.push(`variable ${codeOf(key)} removed`)
  return texts
}

function goalsChanges(before: readonly Goal[], after: readonly Goal[]): string[] {
  const { pairs, added, removed } = matchById(before, after)
  const texts = pairs.flatMap(([from, to]) =>
    fieldChanges(from, to).map((text) => `goal ${nameOf(to.identifier)} ${text}`),
  )
  for (const { identifier } of added) texts.push(`new goal ${nameOf(identifier)}`)
  for (const { identifier } of removed) texts.push(`goal ${nameOf(identifier)} removed`)
  return texts
}

/** A name out of the app's code, in back-ticks. */
function codeOf(name: string): string {
  return `\`${nameOf(name).replaceAll('`', "'")}\``
}
