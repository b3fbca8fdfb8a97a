import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { cpus, totalmem, type } from 'node:os'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { startRedisServer } from '@vwo-hub/sandbox'
import type { Row, Series } from './figure.ts'

/** Everything that one run has measured, as it is in the JSON file. */
export interface Results {
  /** ISO 8601, UTC. */
  readonly measuredAt: string
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  readonly rows: readonly Row[]
  readonly series: readonly Series[]
}

export const readResults = async (file: string): Promise<Results> =>
  JSON.parse(await readFile(file, 'utf8')) as Results

export const writeResults = (file: string, results: Results): Promise<void> =>
  writeFile(file, `${JSON.stringify(results, undefined, 2)}\n`)

/** What was measured on, and with which versions. */
export async function describeRun(): Promise<Pick<Results, 'measuredAt' | 'machine' | 'versions'>> {
  const { version } = createRequire(import.meta.url)('vwo-node-sdk/package.json') as { version: string }
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  return {
    measuredAt: new Date().toISOString(),
    machine: `${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, ${gigabytes} GB, ${type()}`,
    versions: {
      Node: process.versions.node,
      Redis: await redisVersion(),
      'vwo-node-sdk': version,
      'vwo-hub': await commit(),
    },
  }
}

async function redisVersion(): Promise<string> {
  await using server = await startRedisServer()
  const redis = new Redis(server.url)
  const info = await redis.info('server')
  redis.disconnect()
  return /(?:valkey|redis)_version:(\S+)/.exec(info)?.[1] ?? 'unknown'
}

/** Of this repository; a copy without Git has none. */
async function commit(): Promise<string> {
  try {
    return (await promisify(execFile)('git', ['rev-parse', '--short', 'HEAD'])).stdout.trim()
  } catch {
    return 'unknown'
  }
}
