/**
 * A real Redis server on a port of its own, for development and tests.
 *
 * @module
 */
import { mkdtemp } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HubError } from '../errors.ts'
import { findFreePort } from './free-port.ts'
import { type GuardedProcess, removeDirectory, spawnGuarded } from './guarded-process.ts'
import { findRedisBinary } from './redis-binary.ts'

export interface RedisServerOptions {
  /** Port to listen on. Default: a free one. */
  readonly port?: number
  /** Address to listen on. @default "127.0.0.1" */
  readonly host?: string
  /** Further arguments, after `--save '' --appendonly no`, so that they can undo these. */
  readonly args?: readonly string[]
  /** How long the server may take until it answers, in milliseconds. @default 10000 */
  readonly startTimeoutMs?: number
}

export interface RedisServer {
  readonly url: string
  readonly host: string
  readonly port: number
  /** Process id; another one after {@link RedisServer.restart}. */
  readonly pid: number
  /** The working directory of the server, a temporary one. */
  readonly directory: string
  /** Ends the server as a crash does (SIGKILL). Resolves when its port is free. */
  kill(): Promise<void>
  /** Stops the server from running, as an overloaded or suspended machine does (SIGSTOP). */
  freeze(): void
  /** Lets a frozen server go on (SIGCONT). */
  thaw(): void
  /**
   * Kills the server if it still runs, and starts it again on the same port.
   *
   * @param options.keepData - Keep the directory, and with it what the server has persisted. Default false: empty.
   */
  restart(options?: { readonly keepData?: boolean }): Promise<void>
  /** Ends the server and removes its directory. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a Redis server and waits until it answers. It cannot outlive this process, even if that is killed.
 *
 * @throws {@link HubError} `redis-unreachable` when no Redis is installed or it does not start;
 *   `address-unusable` when the given port is taken.
 */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const host = options.host ?? '127.0.0.1'
  const startTimeoutMs = options.startTimeoutMs ?? 10_000
  let directory = await mkdtemp(join(tmpdir(), 'vwo-hub-redis-'))

  async function start(port: number): Promise<GuardedProcess> {
    return await startProcess({ host, port, directory, args: options.args ?? [], startTimeoutMs })
  }

  let server: { readonly port: number; process: GuardedProcess }
  try {
    server = await startOnPort(options.port, host, start)
  } catch (error) {
    await removeDirectory(directory)
    throw error
  }

  async function kill(): Promise<void> {
    server.process.signal('SIGKILL')
    await server.process.ended
  }

  async function end(): Promise<void> {
    await kill()
    await removeDirectory(directory)
  }

  let closing: Promise<void> | undefined
  async function close(): Promise<void> {
    closing ??= end()
    await closing
  }

  return {
    url: `redis://${host}:${server.port}`,
    host,
    port: server.port,
    get pid() {
      return server.process.pid
    },
    get directory() {
      return directory
    },
    kill,
    freeze() {
      server.process.signal('SIGSTOP')
    },
    thaw() {
      server.process.signal('SIGCONT')
    },
    async restart({ keepData = false } = {}) {
      if (closing !== undefined) {
        throw new HubError(
          'redis-unreachable',
          `Cannot restart Redis on ${host}:${server.port}: it was closed.`,
        )
      }
      await kill()
      if (!keepData) {
        await removeDirectory(directory)
        directory = await mkdtemp(join(tmpdir(), 'vwo-hub-redis-'))
      }
      server.process = await start(server.port)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Takes the given port, or looks for one until nobody has been faster. */
async function startOnPort(
  given: number | undefined,
  host: string,
  start: (port: number) => Promise<GuardedProcess>,
): Promise<{ port: number; process: GuardedProcess }> {
  if (given !== undefined) return { port: given, process: await start(given) }
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort(host)
    try {
      return { port, process: await start(port) }
    } catch (error) {
      const isTaken = error instanceof HubError && error.code === 'address-unusable'
      if (!isTaken || attempt === 10) throw error
    }
  }
}

interface StartOptions {
  readonly host: string
  readonly port: number
  readonly directory: string
  readonly args: readonly string[]
  readonly startTimeoutMs: number
}

async function startProcess(options: StartOptions): Promise<GuardedProcess> {
  const { host, port, directory, startTimeoutMs } = options
  const place = `${host}:${port}`
  const redis = await spawnGuarded({
    ...findRedisBinary('redis-server'),
    directory,
    args: ['--bind', host, '--port', String(port), '--save', '', '--appendonly', 'no', ...options.args],
  })
  const deadline = Date.now() + startTimeoutMs
  while (redis.isRunning() && Date.now() < deadline) {
    // Whoever answers on the port may be another server that was faster: ours has then ended, or is about to.
    if (await answers(host, port, redis)) return redis
    await Promise.race([sleep(5), redis.ended])
  }
  redis.signal('SIGKILL')
  await redis.ended
  throw startError(place, redis.output(), startTimeoutMs)
}

function startError(place: string, output: string, startTimeoutMs: number): HubError {
  if (output.includes('Address already in use')) {
    return new HubError('address-unusable', `Cannot start Redis on ${place}: the port is taken.`)
  }
  const said = output.trim().split('\n').slice(-3).join(' | ')
  return new HubError(
    'redis-unreachable',
    `Cannot start Redis on ${place}: expected an answer within ${startTimeoutMs} ms, got none. ` +
      `The server said: ${said === '' ? 'nothing' : said}`,
  )
}

/** Any reply counts: with a password it is `-NOAUTH`. The log proves that the reply is from our process. */
async function answers(host: string, port: number, redis: GuardedProcess): Promise<boolean> {
  const isListening = /Ready to accept connections|server is now ready/i.test(redis.output())
  if (!isListening) return false
  return await new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.setTimeout(1_000, () => socket.destroy())
    socket.once('connect', () => socket.write('PING\r\n'))
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
