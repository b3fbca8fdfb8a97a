import type { Explanation } from '../explain.ts'
import { plainText } from '../plain-text.ts'
import { nameOf, valueOf } from '../summary/words.ts'
import type { Terminal } from './terminal.ts'
import { localTime } from './wording.ts'

/** A decision for people: numbered steps, then what the SDK answers. */
export function showExplanation(
  terminal: Terminal,
  subject: {
    readonly environment: string
    readonly revision: number
    readonly campaign: string
    readonly user: string
  },
  { decision, steps, isIn, isConsistent }: Explanation,
): void {
  const { colors } = terminal
  const { environment, revision, campaign, user } = subject
  const published = localTime(new Date(revision).toISOString())
  terminal.line(`${colors.bold(environment)}  revision ${revision}, published ${published}`)
  terminal.line(`${colors.bold(nameOf(campaign))} for ${colors.bold(plainText(user, 100))}\n`)
  for (const [index, { text, isPassed, details }] of steps.entries()) {
    const isEnd = index === steps.length - 1
    const color = isPassed && !isEnd ? String : isIn ? colors.green : colors.yellow
    terminal.line(`${index + 1}. ${color(text)}`)
    for (const detail of details) terminal.line(colors.dim(`   ${detail}`))
  }
  terminal.line()
  const { variation, isFeatureEnabled, variables } = decision
  if (variation !== undefined) {
    terminal.line(
      `The SDK answers: ${colors.bold(variation === null ? 'null (no variation)' : nameOf(variation))}`,
    )
  }
  if (isFeatureEnabled !== undefined) {
    const label = variation === undefined ? 'The SDK answers: the feature' : 'The feature'
    terminal.line(`${label} is ${colors.bold(isFeatureEnabled ? 'on' : 'off')}`)
  }
  for (const [key, value] of Object.entries(variables ?? {})) {
    terminal.line(`  ${nameOf(key)} = ${valueOf(value)}`)
  }
  if (!isConsistent)
    terminal.line(colors.red('The steps do not lead to this answer, which counts: please report it.'))
}
