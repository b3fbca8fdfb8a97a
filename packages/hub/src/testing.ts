/**
 * For tests and for development: a VWO that runs on this machine, and Redis servers of one's own, in each topology.
 *
 * @module
 */
export type { Address, Announce } from './dev/announce.ts'
export { type RedisCluster, type RedisClusterOptions, startRedisCluster } from './dev/redis-cluster.ts'
export type { RedisMember } from './dev/redis-member.ts'
export {
  asUser,
  clientOption,
  redisEnv,
  type RedisSecurityOptions,
  type RedisUser,
  type ServerCertificate,
} from './dev/redis-security.ts'
export { type RedisServer, type RedisServerOptions, startRedisServer } from './dev/redis-server.ts'
export { type SentinelGroup, type SentinelGroupOptions, startSentinelGroup } from './dev/sentinel-group.ts'
export type { Endpoint, Fault, FaultOrder } from './simulator/faults.ts'
export type { SimulatorRequest } from './simulator/requests.ts'
export {
  type SettingsFileInput,
  startVwoSimulator,
  type VwoSimulator,
  type VwoSimulatorOptions,
} from './simulator/vwo-simulator.ts'
export type { RetryOptions, WebhookAttempt, WebhookTarget } from './simulator/webhooks.ts'
