import { settingsFileSchema } from '@vwo-hub/protocol/fullstack'
import { explainIssue } from '../../../untrusted/issue.ts'
import type { Untried } from './proven.ts'

/** What the schema has against it, with the place in the whole file. */
export function findFault({ file, places }: Untried): string | undefined {
  const { error } = settingsFileSchema.safeParse(file, { reportInput: true })
  if (error === undefined) return undefined
  const [first, ...others] = error.issues
  if (first === undefined) return 'unexpected'
  const [list, index, ...inside] = first.path
  const isOfCampaign = list === 'campaigns' && typeof index === 'number'
  const path = isOfCampaign ? [list, places[index] ?? index, ...inside] : first.path
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return `${explainIssue({ ...first, path })}${more}`
}
