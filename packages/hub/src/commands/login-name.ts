import { userInfo } from 'node:os'

/** Who runs this, as the system knows it. In a container there may be a number without a name. */
export function loginName(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return userInfo().username
  } catch {
    return env['USER'] || `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
