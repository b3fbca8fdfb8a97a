import type { Finding } from '../operate/doctor/doctor.ts'
import { plainText } from '../text/plain-text.ts'
import { counted } from '../text/words.ts'
import type { Colors, Terminal } from './terminal.ts'

/** One line for each finding, with what to do about it. */
export function showFindings(terminal: Terminal, findings: readonly Finding[]): void {
  const { colors } = terminal
  const names = new Set(findings.flatMap(({ environment }) => environment ?? []))
  terminal.table(
    [],
    findings.map(({ check, environment, state, text, remedy }) => [
      inColor(state, colors),
      environment === undefined || names.size === 1 ? check : `${check} ${environment}`,
      plainText(remedy === undefined ? text : `${text} → ${remedy}`),
    ]),
  )
  const count = (wanted: Finding['state']): number => findings.filter(({ state }) => state === wanted).length
  const [failures, warnings] = [count('failure'), count('warning')]
  terminal.line()
  if (failures > 0) terminal.line(colors.red(`${counted(failures, 'thing')} wrong.`))
  else terminal.line(colors.green(warnings === 0 ? 'Fine.' : `Fine, with ${counted(warnings, 'warning')}.`))
}

function inColor(state: Finding['state'], colors: Colors): string {
  switch (state) {
    case 'ok':
      return colors.green('ok')
    case 'warning':
      return colors.yellow('warning')
    case 'failure':
      return colors.red('WRONG')
    case 'skipped':
      return colors.dim('skipped')
  }
}
