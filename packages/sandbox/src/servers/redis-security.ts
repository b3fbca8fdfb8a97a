/**
 * TLS and users of the Redis servers that are started here, and how the rest of the program then reaches them.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RedisOptions } from 'ioredis'
import type { RedisConfig } from './redis-config.ts'
import type { RedisRole } from './redis-binary.ts'

/** A server's certificate and its key, both PEM. Clients trust the certificate itself. */
export interface ServerCertificate {
  readonly cert: string
  readonly key: string
}

/** Name and password of a Redis user. */
export interface RedisUser {
  readonly username: string
  readonly password: string
}

export interface RedisSecurityOptions {
  /** Speak TLS, and nothing else. */
  readonly tls?: ServerCertificate
  /**
   * Lines of an ACL file: `user app on >secret ~vwo:* +get`. The default user is then off, and whoever started the
   * server has a user of its own, the owner, which may do everything: it is in `config`. Sentinels know only the owner.
   */
  readonly users?: readonly string[]
}

/** What the processes of one topology have in common. */
export interface RedisSecurity {
  readonly isTls: boolean
  readonly owner: RedisUser | undefined
  /** For `RedisConfig`. */
  readonly access: {
    readonly username?: string
    readonly password?: string
    readonly tls?: { readonly ca: string }
  }
  /** Arguments that open the port of a process. Writes the files that they name into its directory. */
  args(role: RedisRole, directory: string, port: number): Promise<string[]>
}

export function createSecurity({ tls, users }: RedisSecurityOptions): RedisSecurity {
  const owner =
    users === undefined ? undefined : { username: 'owner', password: randomBytes(16).toString('hex') }

  async function args(role: RedisRole, directory: string, port: number): Promise<string[]> {
    const list = tls === undefined ? ['--port', String(port)] : await tlsArgs(tls, directory, port)
    if (users === undefined || owner === undefined) return list
    const path = join(directory, 'users.acl')
    const own = ['user default off', `user ${owner.username} on >${owner.password} ~* &* +@all`]
    // A sentinel knows few commands, and does not start when a user may use another.
    await writeFile(path, [...own, ...(role === 'redis-server' ? users : []), ''].join('\n'))
    // Members of one topology sign in to each other.
    return [...list, '--aclfile', path, '--masteruser', owner.username, '--masterauth', owner.password]
  }

  return {
    isTls: tls !== undefined,
    owner,
    access: { ...owner, ...(tls && { tls: { ca: tls.cert } }) },
    args,
  }
}

async function tlsArgs({ cert, key }: ServerCertificate, directory: string, port: number): Promise<string[]> {
  const [certFile, keyFile] = [join(directory, 'server.crt'), join(directory, 'server.key')]
  await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key, { mode: 0o600 })])
  return [
    ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
    ...['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', certFile],
    ...['--tls-replication', 'yes', '--tls-cluster', 'yes'],
  ]
}

/** A URL for one server. */
export function urlOf(host: string, port: number, { isTls, owner }: RedisSecurity): string {
  const user = owner === undefined ? '' : `${owner.username}:${owner.password}@`
  return `${isTls ? 'rediss' : 'redis'}://${user}${host}:${port}`
}

/** The same place, reached as another user. */
export function asUser(config: RedisConfig, { username, password }: RedisUser): RedisConfig {
  if (config.kind !== 'standalone') return { ...config, username, password }
  const url = new URL(config.url)
  url.username = encodeURIComponent(username)
  url.password = encodeURIComponent(password)
  return { ...config, url: url.href }
}

/** The `redis` option of a client, or options of a connection of one's own. */
export function clientOption(config: RedisConfig):
  | RedisOptions
  | {
      readonly cluster: readonly { host: string; port: number }[]
      readonly username?: string
      readonly password?: string
      readonly tls?: { readonly ca?: string }
    } {
  const { tls } = config
  switch (config.kind) {
    case 'standalone': {
      const { hostname, port, username, password } = new URL(config.url)
      return {
        host: hostname,
        port: Number(port),
        ...(username !== '' && { username: decodeURIComponent(username) }),
        ...(password !== '' && { password: decodeURIComponent(password) }),
        ...(tls && { tls: { ...tls } }),
      }
    }
    case 'sentinel':
      return {
        sentinels: [...config.sentinels],
        name: config.master,
        ...(config.sentinelUsername !== undefined && { sentinelUsername: config.sentinelUsername }),
        ...(config.sentinelPassword !== undefined && { sentinelPassword: config.sentinelPassword }),
        ...(config.username !== undefined && { username: config.username }),
        ...(config.password !== undefined && { password: config.password }),
        ...(tls && { tls: { ...tls }, sentinelTLS: { ...tls }, enableTLSForSentinelMode: true }),
      }
    case 'cluster':
      return {
        cluster: config.nodes,
        ...(config.username !== undefined && { username: config.username }),
        ...(config.password !== undefined && { password: config.password }),
        ...(tls && { tls: { ...tls } }),
      }
  }
}

/**
 * Environment variables for `vwo-hub`.
 *
 * @param caFile - Where the server's certificate is, PEM: needed with TLS.
 */
export function redisEnv(config: RedisConfig, caFile?: string): Record<string, string> {
  const list = (nodes: readonly { host: string; port: number }[]): string =>
    nodes.map(({ host, port }) => `${host}:${port}`).join(',')
  const tls: Record<string, string> = caFile === undefined ? {} : { REDIS_TLS_CA_FILE: caFile }
  if (config.kind === 'standalone') return { REDIS_URL: config.url, ...tls }
  return {
    ...(config.kind === 'sentinel'
      ? {
          REDIS_SENTINELS: list(config.sentinels),
          REDIS_SENTINEL_MASTER: config.master,
          ...(config.sentinelUsername !== undefined && { REDIS_SENTINEL_USERNAME: config.sentinelUsername }),
          ...(config.sentinelPassword !== undefined && { REDIS_SENTINEL_PASSWORD: config.sentinelPassword }),
        }
      : { REDIS_CLUSTER_NODES: list(config.nodes) }),
    ...(config.username !== undefined && { REDIS_USERNAME: config.username }),
    ...(config.password !== undefined && { REDIS_PASSWORD: config.password }),
    ...tls,
  }
}
