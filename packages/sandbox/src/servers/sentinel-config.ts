import type { Address } from './announce.ts'
import type { RedisUser } from './redis-security.ts'

/** Arguments of a server that no sentinel has. */
const ofServers = new Set(['masteruser', 'masterauth', 'tls-cluster'])

/**
 * The configuration file of a sentinel: it takes few of its settings from the command line, and needs a file to write
 * into.
 *
 * @param options.opening - Arguments that open its port, in turn a name that begins with `--`, and a value.
 * @param options.owner - As whom it signs in to servers and other sentinels.
 */
export function sentinelConfig(options: {
  readonly masterName: string
  readonly watched: Address
  readonly quorum: number
  readonly downAfterMs: number
  readonly owner: RedisUser | undefined
  readonly opening: readonly string[]
}): string {
  const { masterName, watched, quorum, downAfterMs, owner, opening } = options
  const lines = [
    ...directives(opening),
    `sentinel monitor ${masterName} ${watched.host} ${watched.port} ${quorum}`,
    `sentinel down-after-milliseconds ${masterName} ${downAfterMs}`,
    `sentinel failover-timeout ${masterName} 2000`,
  ]
  if (owner !== undefined) {
    lines.push(
      `sentinel auth-user ${masterName} ${owner.username}`,
      `sentinel auth-pass ${masterName} ${owner.password}`,
      `sentinel sentinel-user ${owner.username}`,
      `sentinel sentinel-pass ${owner.password}`,
    )
  }
  return `${lines.join('\n')}\n`
}

/** `--port 1` as `port 1`. */
function directives(args: readonly string[]): string[] {
  const lines: string[] = []
  for (let index = 0; index < args.length; index += 2) {
    const name = (args[index] ?? '').replace(/^--/, '')
    if (!ofServers.has(name)) lines.push(`${name} ${args[index + 1] ?? ''}`)
  }
  return lines
}
