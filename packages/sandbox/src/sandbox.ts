/**
 * For tests and for development: a VWO that runs on this machine, and Redis servers of one's own, in each topology.
 *
 * @module @vwo-hub/sandbox
 */
export { SandboxError, type SandboxErrorCode } from './errors.ts'
export type { Address, Announce } from './servers/announce.ts'
export { findFreePort, isFree } from './servers/free-port.ts'
export { findRedisBinary, type RedisRole } from './servers/redis-binary.ts'
export { type RedisCluster, type RedisClusterOptions, startRedisCluster } from './servers/redis-cluster.ts'
export type { RedisAccess, RedisConfig } from './servers/redis-config.ts'
export type { RedisMember } from './servers/redis-member.ts'
export {
  asUser,
  clientOption,
  redisEnv,
  type RedisSecurityOptions,
  type RedisUser,
  type ServerCertificate,
} from './servers/redis-security.ts'
export { type RedisServer, type RedisServerOptions, startRedisServer } from './servers/redis-server.ts'
export {
  type SentinelGroup,
  type SentinelGroupOptions,
  startSentinelGroup,
} from './servers/sentinel-group.ts'
export type { Endpoint, Fault, FaultOrder } from './simulator/faults.ts'
export type { SimulatorRequest } from './simulator/requests.ts'
export {
  type SettingsFileInput,
  startVwoSimulator,
  type VwoSimulator,
  type VwoSimulatorOptions,
} from './simulator/vwo-simulator.ts'
export type { RetryOptions, WebhookAttempt, WebhookTarget } from './simulator/webhooks.ts'
