/**
 * For tests and for development: a VWO that runs on this machine, and a Redis server of one's own.
 *
 * @module
 */
export { type RedisServer, type RedisServerOptions, startRedisServer } from './dev/redis-server.ts'
export type { Endpoint, Fault, FaultOrder } from './simulator/faults.ts'
export type { SimulatorRequest } from './simulator/requests.ts'
export {
  type SettingsFileInput,
  startVwoSimulator,
  type VwoSimulator,
  type VwoSimulatorOptions,
} from './simulator/vwo-simulator.ts'
export type { RetryOptions, WebhookAttempt, WebhookTarget } from './simulator/webhooks.ts'
