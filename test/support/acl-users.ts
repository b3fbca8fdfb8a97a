/**
 * The users of `deploy/redis-users.acl`, as an operator would create them.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import type { RedisUser } from '@vwo-hub/sandbox'

export const hubUser: RedisUser = { username: 'vwo-hub', password: 'hub-password' }
export const clientUser: RedisUser = { username: 'vwo-client', password: 'client-password' }
export const readerUser: RedisUser = { username: 'vwo-reader', password: 'reader-password' }

/** The lines of the file, with passwords. */
export async function aclLines(): Promise<string[]> {
  const text = await readFile(new URL('../../deploy/redis-users.acl', import.meta.url), 'utf8')
  return text
    .replace('CHANGE-ME-HUB', hubUser.password)
    .replace('CHANGE-ME-CLIENT', clientUser.password)
    .replace('CHANGE-ME-READER', readerUser.password)
    .trim()
    .split('\n')
}
