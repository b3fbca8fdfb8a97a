/**
 * For tests and for development: a VWO that runs on this machine, and a Redis server of one's own.
 *
 * @module
 */
export { type RedisServer, type RedisServerOptions, startRedisServer } from './dev/redis-server.ts'
