/**
 * What commands are told that work through Redis alone, or judge a settings-file, and know no account. They load only this:
 * they are to answer at once.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { readConfigJson } from './config-json.ts'
import type { HubConfig } from './hub-config.ts'
import { readRedis } from './redis-config.ts'
import { integer, oneOf, prefix } from './values.ts'
import { openVariables, type Env, type ReadFile, type Variables } from './variables.ts'

/** What could not be meant, but does not keep the hub from starting; one sentence each. */
export interface Warnings {
  readonly warnings: readonly string[]
}

/** Reads a file named by `…_FILE` or `HUB_CONFIG`, from disk. */
export const readText: ReadFile = (path) => readFileSync(path, 'utf8')

/**
 * Reads where Redis is.
 *
 * @throws {@link HubError} `config-invalid`
 */
export function readRedisConfig(
  env: Env,
  readFile: ReadFile = readText,
): Pick<HubConfig, 'redis' | 'prefix'> & Warnings {
  const variables = openVariables(env, readFile)
  const place = readPlace(variables)
  variables.warnOfUnknown(['REDIS_'])
  return { ...place, warnings: variables.close() }
}

/**
 * Reads how settings-files are judged.
 *
 * @throws {@link HubError} `config-invalid`
 */
export function readJudgingLimits(env: Env): { readonly maxBytes: number; readonly isStrict: boolean } {
  const variables = openVariables(env, readText)
  const limits = { maxBytes: readMaxBytes(variables), isStrict: readStrict(variables) }
  variables.close()
  return limits
}

const namesSchema = z.object({ environments: z.record(z.string(), z.unknown()) })

/**
 * The names of environments in the file of `HUB_CONFIG`; nothing else of it is read, and no secret. Undefined without that
 * variable.
 *
 * @throws {@link HubError} `config-invalid`
 */
export function readEnvironmentNames(env: Env): string[] | undefined {
  const variables = openVariables(env, readText)
  const path = variables.text('HUB_CONFIG')
  if (path === undefined) return undefined
  const json = readConfigJson(path, variables)
  const { data, error } = namesSchema.safeParse(json?.value)
  if (json !== undefined && error !== undefined)
    variables.fault('HUB_CONFIG: expected an object with "environments".')
  variables.close()
  return Object.keys(data?.environments ?? {})
}

export function readPlace(variables: Variables): Pick<HubConfig, 'redis' | 'prefix'> {
  return { redis: readRedis(variables), prefix: variables.value('HUB_PREFIX', prefix, 'vwo') }
}

export function readMaxBytes(variables: Variables): number {
  return variables.value('HUB_MAX_SETTINGS_BYTES', integer(1024, 64 * 1024 * 1024, 'bytes'), 16 * 1024 * 1024)
}

export function readStrict(variables: Variables): boolean {
  return variables.value('HUB_STRICT', oneOf(['on', 'off']), 'off') === 'on'
}
