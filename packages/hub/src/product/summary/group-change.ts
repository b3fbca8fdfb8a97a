import { counted, nameOf } from '../../text/words.ts'
import type { Change } from '../product.ts'
import { fieldChanges, isSame } from './field-change.ts'
import { changeOf } from './one-line.ts'

interface Group {
  readonly name?: unknown
  /** Its members. */
  readonly campaigns: readonly (number | string)[]
}

/** By id; VWO's PHP side may send `[]` when there are none. */
type Groups = Readonly<Record<string, Group>> | readonly [] | undefined

const groupFields = new Set(['campaigns'])

/**
 * What happened to groups of mutually exclusive campaigns.
 *
 * @param keyOf - Finds a campaign's key by its id, in the new settings-file or else in the previous one.
 */
export function groupChanges(before: Groups, after: Groups, keyOf: (campaignId: string) => string): Change[] {
  const [previous, next] = [groupsOf(before), groupsOf(after)]
  const changes: Change[] = []
  for (const [id, group] of next) {
    const counterpart = previous.get(id)
    const subject = subjectOf(id, group)
    if (counterpart === undefined) {
      changes.push(changeOf(subject, 'added', `new, ${counted(group.campaigns.length, 'campaign')}`))
      continue
    }
    const texts = [
      ...memberChanges(counterpart, group, keyOf),
      ...fieldChanges(counterpart, group, groupFields),
    ]
    for (const text of texts) changes.push(changeOf(subject, 'changed', text))
  }
  for (const [id, group] of previous) {
    if (!next.has(id)) changes.push(changeOf(subjectOf(id, group), 'removed', 'no longer there'))
  }
  return changes
}

function memberChanges(before: Group, after: Group, keyOf: (campaignId: string) => string): string[] {
  const [previous, next] = [new Set(before.campaigns), new Set(after.campaigns)]
  const joined = after.campaigns.filter((id) => !previous.has(id))
  const left = before.campaigns.filter((id) => !next.has(id))
  const texts = [
    ...joined.map((id) => `${keyOf(String(id))} joined`),
    ...left.map((id) => `${keyOf(String(id))} left`),
  ]
  // The first of the list may win where the group goes by priority.
  if (texts.length === 0 && !isSame(before.campaigns, after.campaigns))
    texts.push('campaigns in another order')
  return texts
}

function groupsOf(groups: Groups): Map<string, Group> {
  return new Map(groups === undefined || Array.isArray(groups) ? [] : Object.entries(groups))
}

function subjectOf(id: string, group: Group): string {
  return `group ${nameOf(typeof group.name === 'string' ? group.name : id)}`
}
