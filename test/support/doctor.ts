import { runCommand } from './cli.ts'

/** One thing that doctor has looked at. */
export interface Finding {
  readonly check: string
  readonly state: 'ok' | 'warning' | 'failure' | 'skipped'
  readonly text: string
  readonly remedy?: string
}

/** What `vwo-hub doctor` finds, told as a program is. @param args - Environment and options. */
export async function doctor(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Finding[]> {
  const { stdout } = await runCommand(['doctor', ...args, '--json'], { env })
  return (JSON.parse(stdout) as { readonly findings: Finding[] }).findings
}
