import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

/**
 * A name for one hub or client, for as long as it lives: `<host>-<pid>-<10 random digits>`. A process can have several, and
 * in containers all have the same process id, and often the same host.
 */
export function instanceName(): string {
  return `${hostname()}-${process.pid}-${randomBytes(5).toString('hex')}`
}
