import type { Environment } from '../../environment/environment.ts'
import { type Finding, failure, ok, skipped } from './finding.ts'

/** So many are named when they are refused. */
const NAMED = 4

/** Checks what a hub does, by command, key and channel. @param prefix - First part of all keys. */
export async function checkPermissions(environment: Environment, prefix: string): Promise<Finding> {
  const check = 'redis-permissions'
  const remedy = `grant it keys and channels ${prefix}:* and the commands that deploy/redis-users.acl grants to vwo-hub`
  const permissions = await environment.permissions()
  const { user } = permissions
  switch (permissions.kind) {
    case 'known': {
      const { asked, refused } = permissions
      if (refused.length === 0) return ok(check, `${user} may do all that a hub does (${asked} commands)`)
      const named = refused.slice(0, NAMED).map((call) => call.slice(0, 2).join(' '))
      const more = refused.length > NAMED ? `, and ${refused.length - NAMED} more` : ''
      return failure(check, `${user} may not ${named.join(', ')}${more}`, remedy)
    }
    case 'refused':
      return failure(check, `${user}: ${permissions.reason}`, remedy)
    case 'tried':
      return skipped(check, `${user} may write keys; Redis before 7 does not tell what else it may`)
  }
}
