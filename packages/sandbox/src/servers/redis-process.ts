/**
 * One process of Redis, server or sentinel, from its start until it answers.
 *
 * @module
 */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { SandboxError } from '../errors.ts'
import { findFreePort } from './free-port.ts'
import { type GuardedProcess, spawnGuarded } from './guarded-process.ts'
import { findRedisBinary, type RedisRole } from './redis-binary.ts'

export interface RedisProcessOptions {
  readonly role: RedisRole
  readonly host: string
  readonly port: number
  /** The working directory. */
  readonly directory: string
  readonly args: readonly string[]
  /** Whether the port speaks TLS. */
  readonly isTls: boolean
  /** How long it may take until it answers, in milliseconds. */
  readonly startTimeoutMs: number
}

/** What each role logs once its port is open. */
const listening: Record<RedisRole, RegExp> = {
  'redis-server': /Ready to accept connections|server is now ready/i,
  'redis-sentinel': /Sentinel ID is/,
}

/**
 * @throws {@link SandboxError} `redis-unreachable` when no Redis is installed or it does not start;
 *   `address-unusable` when the port is taken.
 */
export async function startRedisProcess(options: RedisProcessOptions): Promise<GuardedProcess> {
  const { role, host, port, directory, args, startTimeoutMs } = options
  const redis = await spawnGuarded({ ...findRedisBinary(role), directory, args })
  const deadline = Date.now() + startTimeoutMs
  while (redis.isRunning() && Date.now() < deadline) {
    // Whoever answers on the port may be another server that was faster: ours has then ended, or is about to.
    if (await answers(options, redis)) return redis
    await Promise.race([sleep(5), redis.ended])
  }
  redis.signal('SIGKILL')
  await redis.ended
  throw startError(`${host}:${port}`, redis.output(), startTimeoutMs)
}

/**
 * Starts something on the given port, or looks for one until nobody has been faster.
 *
 * @param isSuitable - Whether a free port will do. Default: any.
 */
export async function startOnPort<T>(
  given: number | undefined,
  host: string,
  start: (port: number) => Promise<T>,
  isSuitable: (port: number) => boolean | Promise<boolean> = () => true,
): Promise<{ port: number; process: T }> {
  if (given !== undefined) return { port: given, process: await start(given) }
  for (let attempt = 1; ; attempt += 1) {
    let port = await findFreePort(host)
    while (!(await isSuitable(port))) port = await findFreePort(host)
    try {
      return { port, process: await start(port) }
    } catch (error) {
      const isTaken = error instanceof SandboxError && error.code === 'address-unusable'
      if (!isTaken || attempt === 10) throw error
    }
  }
}

function startError(place: string, output: string, startTimeoutMs: number): SandboxError {
  if (output.includes('Address already in use')) {
    return new SandboxError('address-unusable', `Cannot start Redis on ${place}: the port is taken.`)
  }
  const said = output.trim().split('\n').slice(-3).join(' | ')
  return new SandboxError(
    'redis-unreachable',
    `Cannot start Redis on ${place}: expected an answer within ${startTimeoutMs} ms, got none. ` +
      `The server said: ${said === '' ? 'nothing' : said}`,
  )
}

/**
 * Any reply counts: with a password it is `-NOAUTH`. With TLS an open port does. The log proves that the reply is
 * from our process.
 */
async function answers(
  { role, host, port, isTls }: RedisProcessOptions,
  redis: GuardedProcess,
): Promise<boolean> {
  if (!listening[role].test(redis.output())) return false
  return await new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.setTimeout(1_000, () => socket.destroy())
    socket.once('connect', () => {
      if (isTls) {
        resolve(true)
        socket.destroy()
      } else socket.write('PING\r\n')
    })
    socket.once('data', () => {
      resolve(true)
      socket.destroy()
    })
    socket.once('error', () => {})
    socket.once('close', () => {
      resolve(false)
    })
  })
}
