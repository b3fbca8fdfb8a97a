/**
 * For tests and for development: a VWO that runs on this machine, and Redis servers of one's own, in each topology.
 *
 * @module
 */
export type { Address, Announce } from './sandbox/servers/announce.ts'
export {
  type RedisCluster,
  type RedisClusterOptions,
  startRedisCluster,
} from './sandbox/servers/redis-cluster.ts'
export type { RedisMember } from './sandbox/servers/redis-member.ts'
export {
  asUser,
  clientOption,
  redisEnv,
  type RedisSecurityOptions,
  type RedisUser,
  type ServerCertificate,
} from './sandbox/servers/redis-security.ts'
export {
  type RedisServer,
  type RedisServerOptions,
  startRedisServer,
} from './sandbox/servers/redis-server.ts'
export {
  type SentinelGroup,
  type SentinelGroupOptions,
  startSentinelGroup,
} from './sandbox/servers/sentinel-group.ts'
export type { Endpoint, Fault, FaultOrder } from './sandbox/simulator/faults.ts'
export type { SimulatorRequest } from './sandbox/simulator/requests.ts'
export {
  type SettingsFileInput,
  startVwoSimulator,
  type VwoSimulator,
  type VwoSimulatorOptions,
} from './sandbox/simulator/vwo-simulator.ts'
export type { RetryOptions, WebhookAttempt, WebhookTarget } from './sandbox/simulator/webhooks.ts'
