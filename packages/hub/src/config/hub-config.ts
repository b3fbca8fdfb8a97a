/**
 * What a hub is told from outside, as everybody inside has it.
 *
 * @module
 */
import type { ProductName } from '@vwo-hub/protocol'
import type { GuardConfig } from '../flow/guard.ts'
import type { logLevels } from './values.ts'

/** One accountId and sdkKey at VWO, under a name. */
export interface EnvironmentConfig {
  readonly name: string
  /** What it distributes. @default "fullstack" */
  readonly product?: ProductName
  readonly accountId: string
  readonly sdkKey: string
  /** Every secret that a webhook may carry in `x-vwo-auth`. Empty only with `allowUnauthenticatedWebhooks`. */
  readonly webhookSecrets: readonly string[]
  readonly allowUnauthenticatedWebhooks: boolean
  /** @default "https://dev.visualwebsiteoptimizer.com" */
  readonly baseUrl: string
  /** Sent to VWO as `sdk` (FME: `sn`): the format of the file may depend on it. @default that of the product: "vwo-node-sdk" */
  readonly sdk: string
  /** Sent to VWO as `sdk-v` (FME: `sv`). @default "1.73.0" */
  readonly sdkVersion: string
  /** @default on, released after 5 minutes */
  readonly guard?: GuardConfig
  /** Whether the summary of a publication says whom it moves; it then comes up to 5 seconds later. @default false */
  readonly preview?: boolean
}

/** What all environments have, unless they say something of their own. */
export type EnvironmentDefaults = Required<Pick<EnvironmentConfig, 'guard' | 'preview'>>

/** TLS to Redis. */
export interface RedisTls {
  /** Certificates that are trusted, PEM, instead of Node's own list of authorities. @default Node's own list */
  readonly ca?: string
  /** The hub's own certificate, PEM, with those that it was signed by, for a Redis that asks for one. @default none */
  readonly cert?: string
  /** Its key, PEM. */
  readonly key?: string
  /** The name that Redis' certificate has to have. @default the host that is connected to */
  readonly servername?: string
}

/** What Redis nodes are reached with, where no URL says it. */
export interface RedisAccess {
  readonly username?: string
  readonly password?: string
  readonly tls?: RedisTls
}

/** Where Redis is. Secrets are inside: never log it. */
export type RedisConfig =
  | {
      readonly kind: 'standalone'
      /** With user and password, where there are any. `rediss://` is TLS. */
      readonly url: string
      readonly tls?: RedisTls
    }
  | (RedisAccess & {
      readonly kind: 'sentinel'
      /** Addresses of masters as sentinels tell them, `host:port`, and where they are from here. @default none */
      readonly natMap?: Readonly<Record<string, { host: string; port: number }>>
      readonly sentinels: readonly { host: string; port: number }[]
      readonly master: string
      readonly sentinelUsername?: string
      readonly sentinelPassword?: string
    })
  | (RedisAccess & {
      readonly kind: 'cluster'
      /** Addresses as nodes announce them, `host:port`, and where they are from here. @default none */
      readonly natMap?: Readonly<Record<string, { host: string; port: number }>>
      readonly nodes: readonly { host: string; port: number }[]
    })

/** Proxies for what is asked of VWO. Passwords may be inside: never log it. */
export interface ProxyConfig {
  /** URL of the proxy for `https://`. @default none */
  readonly https?: string
  /** URL of the proxy for `http://`. @default none */
  readonly http?: string
  /** What is reached without a proxy, as in `NO_PROXY`. */
  readonly except: readonly string[]
}

/** Everything a hub is told from outside. */
export interface HubConfig {
  readonly environments: readonly EnvironmentConfig[]
  readonly redis: RedisConfig
  readonly prefix: string
  readonly host: string
  readonly port: number
  readonly adminHost: string
  readonly adminPort: number
  readonly adminToken: string | undefined
  /** @default "0.0.0.0" */
  readonly appHost?: string
  /** Of the listener for apps that have no Redis. @default there is none */
  readonly appPort?: number
  /** How many connections each listener takes. @default its share of what the process may open, less 200; at most 10000 */
  readonly maxConnections?: number
  /** How long a listener keeps an idle connection, in milliseconds. @default 75000 */
  readonly keepAliveMs?: number
  /** How long webhooks are still taken after `SIGTERM`, while `/readyz` says 503, in milliseconds. @default 2000 */
  readonly drainMs?: number
  /** Without Redis for so long a hub is not ready, and what it serves is stale, in milliseconds. @default 30000 */
  readonly staleAfterMs?: number
  /** Reconciling poll, in milliseconds; 0 turns it off. @default 60000 */
  readonly pollIntervalMs: number
  /**
   * How long VWO may be silent, while it is connected to and within its answer, in milliseconds; the whole answer may take twelve
   * times as long. @default 10000
   */
  readonly fetchTimeoutMs: number
  /** Limit for the decoded settings-file. @default 16777216 */
  readonly maxSettingsBytes: number
  /** Whether what the SDK survives is refused, too. @default false */
  readonly isStrict?: boolean
  readonly logLevel: (typeof logLevels)[number]
  /** @default VWO is reached without a proxy */
  readonly proxy?: ProxyConfig
}
