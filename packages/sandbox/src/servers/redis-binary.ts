/**
 * Finds a Redis server on this machine. Nothing is installed here: that is the bootstrap script's task.
 *
 * @module
 */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { SandboxError } from '../errors.ts'

/** What one binary can run as: Redis decides by the name that it is called by. */
export type RedisRole = 'redis-server' | 'redis-sentinel'

/** A program, and the name to start it under. */
export interface RedisBinary {
  readonly path: string
  readonly argv0: string
}

/**
 * In this order. `redis-check-rdb` is the same program as `redis-server` under another name: Debian's
 * `redis-tools` brings it without a daemon and without a system user.
 */
const candidates: Record<RedisRole, readonly string[]> = {
  'redis-server': ['redis-server', 'valkey-server', 'redis-check-rdb', 'valkey-check-rdb'],
  'redis-sentinel': [
    'redis-sentinel',
    'valkey-sentinel',
    'redis-server',
    'valkey-server',
    'redis-check-rdb',
    'valkey-check-rdb',
  ],
}

/**
 * @param role - What the binary shall run as.
 * @param searchPath - Folders to look in, separated as in `PATH`. Default: the `PATH` of this process.
 * @throws {@link SandboxError} `redis-unreachable` when there is none; the message says what to install.
 */
export function findRedisBinary(role: RedisRole, searchPath: string = pathOfProcess()): RedisBinary {
  const folders = searchPath.split(delimiter).filter((folder) => folder !== '')
  for (const name of candidates[role]) {
    for (const folder of folders) {
      const path = join(folder, name)
      if (isExecutable(path)) return { path, argv0: argv0Of(name, role) }
    }
  }
  throw new SandboxError(
    'redis-unreachable',
    `Cannot start a ${role}: expected one of ${candidates[role].join(', ')} on PATH, found none. ` +
      'Install one (Debian, Ubuntu: apt-get install redis-tools; macOS: brew install redis; ' +
      'Alpine: apk add redis; Fedora: dnf install valkey), or set REDIS_URL to a Redis that runs.',
  )
}

/** A Valkey binary is called by Valkey's names, everything else by those of Redis. */
function argv0Of(name: string, role: RedisRole): string {
  return name.startsWith('valkey') ? role.replace('redis', 'valkey') : role
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function pathOfProcess(): string {
  // Not an argument from cli.ts, as all other variables are: it configures the machine, not the hub.
  return process.env['PATH'] ?? ''
}
