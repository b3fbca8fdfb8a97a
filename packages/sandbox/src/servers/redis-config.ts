import type { Address } from './announce.ts'

/** What Redis nodes are reached with, where no URL says it. */
export interface RedisAccess {
  readonly username?: string
  readonly password?: string
  /** Speak TLS, and trust these certificates, PEM. */
  readonly tls?: { readonly ca?: string }
}

/** Where Redis is, in each topology: `redis` in the configuration of a hub. Secrets are inside. */
export type RedisConfig =
  | {
      readonly kind: 'standalone'
      /** With user and password, where there are any. `rediss://` is TLS. */
      readonly url: string
      readonly tls?: { readonly ca?: string }
    }
  | (RedisAccess & {
      readonly kind: 'sentinel'
      readonly sentinels: readonly Address[]
      readonly master: string
      readonly sentinelUsername?: string
      readonly sentinelPassword?: string
    })
  | (RedisAccess & {
      readonly kind: 'cluster'
      readonly nodes: readonly Address[]
    })
