import { randomUUID } from 'node:crypto'
import { reasonOf } from './answers.ts'
import type { Place } from './place.ts'

/** In a script, so that what is refused is an answer: the connection to a replica would be replaced for an error. */
const script = `
local answer = redis.pcall('SET', KEYS[1], '', 'PX', 1000)
return answer.err or ''`

/** What Redis says to who writes now; undefined where it takes it, and where this user may not. Writes a key of its own. */
export async function whyNoWrites({ redis, keys }: Place): Promise<string | undefined> {
  try {
    const answer = String(await redis.eval(script, 1, keys.staged(`try-${randomUUID()}`)))
    const reason = answer.replace(/^-/, '').replace(/\.$/, '')
    return reason === '' || isRefusal(reason) ? undefined : reason
  } catch (error) {
    const reason = reasonOf(error)
    return isRefusal(reason) ? undefined : reason
  }
}

function isRefusal(reason: string): boolean {
  return /NOPERM|can't run this command or subcommand|ACL failure/.test(reason)
}
