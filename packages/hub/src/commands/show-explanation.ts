import type { NamedSettings } from '../operate/read-revision.ts'
import type { Explanation } from '../product/explanation.ts'
import { publishedAtOf } from '../environment/meta.ts'
import { plainText } from '../text/plain-text.ts'
import { nameOf, valueOf } from '../text/words.ts'
import type { Terminal } from './terminal.ts'
import { localTime } from '../text/wording.ts'

/** A decision for people: what the SDK answers, then how it came to that in numbered steps. */
export function showExplanation(
  terminal: Terminal,
  subject: {
    readonly environment: string
    readonly revision: NamedSettings['revision']
    readonly campaign: string
    readonly user: string
  },
  { decision, answer, steps, isIn, isConsistent }: Explanation,
): void {
  const { colors } = terminal
  const { environment, revision, campaign, user } = subject
  const about =
    typeof revision === 'number'
      ? `revision ${revision}, published ${localTime(publishedAtOf(revision))}`
      : `${revision} (not published)`
  terminal.line(
    `${colors.bold(nameOf(campaign))} for ${colors.bold(plainText(user, 100))}: ${(isIn ? colors.green : colors.yellow)(answer)}`,
  )
  terminal.line(`${environment}  ${about}\n`)
  for (const [index, { text, isPassed, details }] of steps.entries()) {
    const isEnd = index === steps.length - 1
    const color = isPassed && !isEnd ? String : isIn ? colors.green : colors.yellow
    terminal.line(`${index + 1}. ${color(text)}`)
    for (const detail of details) terminal.line(colors.dim(`   ${detail}`))
  }
  const variables = Object.entries(decision.variables ?? {})
  if (variables.length > 0) terminal.line('\nIts variables:')
  for (const [key, value] of variables) terminal.line(`  ${nameOf(key)} = ${valueOf(value)}`)
  if (!isConsistent)
    terminal.line(colors.red('The steps do not lead to this answer, which counts: please report it.'))
}
