/**
 * A real Redis server on a port of its own, for development and tests.
 *
 * @module
 */
import type { RedisConfig } from './redis-config.ts'
import { type RedisMember, startRedisMember } from './redis-member.ts'
import { createSecurity, type RedisSecurityOptions, urlOf } from './redis-security.ts'

export interface RedisServerOptions extends RedisSecurityOptions {
  /** Port to listen on. Default: a free one. */
  readonly port?: number
  /** Address to listen on. @default "127.0.0.1" */
  readonly host?: string
  /** Further arguments, after `--save '' --appendonly no`, so that they can undo these. */
  readonly args?: readonly string[]
  /** How long the server may take until it answers, in milliseconds. @default 10000 */
  readonly startTimeoutMs?: number
}

export interface RedisServer extends RedisMember {
  /** With the owner's user and password, where there are users. */
  readonly url: string
  /** The same for a hub; see also `asUser`, `clientOption` and `redisEnv`. */
  readonly config: RedisConfig
}

/**
 * Starts a Redis server and waits until it answers. It cannot outlive this process, even if that is killed.
 *
 * @throws {@link SandboxError} `redis-unreachable` when no Redis is installed or it does not start;
 *   `address-unusable` when the given port is taken.
 */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const host = options.host ?? '127.0.0.1'
  const security = createSecurity(options)
  const member = await startRedisMember({
    role: 'redis-server',
    host,
    port: options.port,
    isTls: security.isTls,
    startTimeoutMs: options.startTimeoutMs ?? 10_000,
    keepsDirectory: false,
    args: async (directory, port) => [
      ...['--bind', host, ...(await security.args('redis-server', directory, port))],
      ...['--save', '', '--appendonly', 'no', ...(options.args ?? [])],
    ],
  })
  const url = urlOf(host, member.port, security)
  const { tls } = security.access
  // Not a copy of its properties: process id and directory change.
  return Object.assign(member, { url, config: { kind: 'standalone', url, ...(tls && { tls }) } as const })
}
