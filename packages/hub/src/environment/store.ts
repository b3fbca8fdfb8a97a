import type { RedisConfig } from '../config/hub-config.ts'
import { topologyOf } from './connect.ts'
import { createEndedSessions, type EndedSessions } from './ended-sessions.ts'
import { type Environment, openEnvironment } from './environment.ts'
import { readServer, type ServerFacts } from './server-facts.ts'
import { takeAccess } from './topology/take-access.ts'

export interface StoreOptions {
  /** Of the connection, shown by `CLIENT LIST`. */
  readonly name: string
  /** First part of every key and channel. */
  readonly prefix: string
  /** Each time that Redis can be asked again. */
  readonly onReady?: (place: string) => void
  /** Once for each time that it cannot, with what was heard first: what comes after it is what came of it. */
  readonly onAway?: (reason: string, place: string) => void
}

/** One Redis in any topology, over one connection. */
export interface Store {
  /** Where it is, without user and password. */
  readonly place: string
  /** Opens the connection, which from then on keeps itself open. Rejects where the first attempt fails, or takes 5 seconds. */
  connect(): Promise<void>
  isReady(): boolean
  /** @returns How long Redis took to answer, in milliseconds. */
  ping(): Promise<number>
  /** What the server says about itself. */
  server(): Promise<ServerFacts>
  /** Opens an environment; it need not exist. */
  environment(name: string): Environment
  readonly endedSessions: EndedSessions
  /** Takes over user, passwords and certificates, for whenever it connects from now on. */
  takeAccess(config: RedisConfig): void
  /** Ends the connection at once. */
  close(): void
}

/** Makes a store; `connect()` opens it. */
export function openStore(config: RedisConfig, options: StoreOptions): Store {
  const { name, prefix, onReady, onAway } = options
  const topology = topologyOf(config)
  const redis = topology.connection(name)
  const link = topology.link(redis, {
    onReady: () => onReady?.(topology.place),
    onAway: (reason) => onAway?.(reason, topology.place),
  })
  return {
    place: topology.place,
    connect: link.connect,
    isReady: link.isReady,
    async ping() {
      const startedAt = performance.now()
      await redis.ping()
      return performance.now() - startedAt
    },
    server: () => readServer(redis),
    environment: (environment) => openEnvironment({ redis, topology }, environment, prefix),
    endedSessions: createEndedSessions(redis, prefix),
    takeAccess: (access) => takeAccess(redis, access),
    close: () => redis.disconnect(),
  }
}
