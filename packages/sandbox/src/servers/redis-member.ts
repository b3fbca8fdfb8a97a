/**
 * One server or sentinel with a port and a directory of its own, which can be killed, frozen and started again.
 *
 * @module
 */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SandboxError } from '../errors.ts'
import { type GuardedProcess, removeDirectory } from './guarded-process.ts'
import type { RedisRole } from './redis-binary.ts'
import { startOnPort, startRedisProcess } from './redis-process.ts'

export interface RedisMember {
  readonly host: string
  readonly port: number
  /** Process id; another one after {@link RedisMember.restart}. */
  readonly pid: number
  /** The working directory of the process, a temporary one. */
  readonly directory: string
  isRunning(): boolean
  /** Ends it as a crash does (SIGKILL). Resolves when its port is free. */
  kill(): Promise<void>
  /** Stops it from running, as an overloaded or suspended machine does (SIGSTOP). */
  freeze(): void
  /** Lets it go on when frozen (SIGCONT). */
  thaw(): void
  /**
   * Kills it if it still runs, and starts it again on the same port.
   *
   * @param options.keepData - Keep the directory, and with it what has been persisted. Default false: empty. Members
   *   of a Sentinel group or of a cluster always keep it: it says who they are.
   */
  restart(options?: { readonly keepData?: boolean }): Promise<void>
  /** Ends it and removes its directory. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface RedisMemberOptions {
  readonly role: RedisRole
  /** Default: a free one. */
  readonly port: number | undefined
  /** Whether a free port will do. Default: any. */
  readonly isSuitablePort?: (port: number) => Promise<boolean>
  readonly host: string
  readonly isTls: boolean
  readonly startTimeoutMs: number
  /** All arguments, asked for at each start. */
  readonly args: (directory: string, port: number) => Promise<readonly string[]>
  /** Never start it with an empty directory again. */
  readonly keepsDirectory: boolean
}

/**
 * A replica begins at once, and gives a master up that has been silent for five seconds: a connection to it may be half-open,
 * and nobody is in step with it until then. By default that takes Redis a minute.
 */
export const replicationArgs = [
  ...['--repl-diskless-sync-delay', '0'],
  ...['--repl-ping-replica-period', '1', '--repl-timeout', '5'],
] as const

/** @throws {@link SandboxError} `redis-unreachable` or `address-unusable`. */
export async function startRedisMember(options: RedisMemberOptions): Promise<RedisMember> {
  const { role, host, isTls, startTimeoutMs, args, keepsDirectory } = options
  let directory = await createDirectory()

  async function start(port: number): Promise<GuardedProcess> {
    const list = await args(directory, port)
    return await startRedisProcess({ role, host, port, directory, args: list, isTls, startTimeoutMs })
  }

  let member: { readonly port: number; process: GuardedProcess }
  try {
    member = await startOnPort(options.port, host, start, options.isSuitablePort)
  } catch (error) {
    await removeDirectory(directory)
    throw error
  }

  async function kill(): Promise<void> {
    member.process.signal('SIGKILL')
    await member.process.ended
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
    host,
    port: member.port,
    get pid() {
      return member.process.pid
    },
    get directory() {
      return directory
    },
    isRunning: () => member.process.isRunning(),
    kill,
    freeze() {
      member.process.signal('SIGSTOP')
    },
    thaw() {
      member.process.signal('SIGCONT')
    },
    async restart({ keepData = false } = {}) {
      if (closing !== undefined) {
        throw new SandboxError(
          'redis-unreachable',
          `Cannot restart Redis on ${host}:${member.port}: it was closed.`,
        )
      }
      await kill()
      if (!keepData && !keepsDirectory) {
        await removeDirectory(directory)
        directory = await createDirectory()
      }
      member.process = await start(member.port)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function createDirectory(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'vwo-hub-redis-'))
}
