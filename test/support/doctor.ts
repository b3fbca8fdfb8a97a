import type { Finding } from '../../packages/hub/dist/operate/doctor/doctor.js'
import { runCommand } from './cli.ts'

/** What `vwo-hub doctor` finds, told as a program is. @param args - Environment and options. */
export async function doctor(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Finding[]> {
  const { stdout, stderr } = await runCommand(['doctor', ...args, '--json'], { env })
  if (stderr !== '') throw new Error(stderr)
  return (JSON.parse(stdout) as { readonly findings: Finding[] }).findings
}
