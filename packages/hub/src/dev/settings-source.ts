/**
 * The settings-file on disk that `vwo-hub dev` serves.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { HubError, messageOf } from '../errors.ts'
import { parseObject } from '../untrusted/json.ts'
import { problemOf } from './settings-watcher.ts'

export interface SettingsSource {
  readonly text: string
  /** There was no file: now there is the sample. */
  readonly isNew: boolean
  /** The account that the simulated VWO knows. */
  readonly accountId: string
  readonly sdkKey: string
}

const accountSchema = z.looseObject({
  accountId: z.union([z.number(), z.string()]).transform(String).catch('123456'),
  sdkKey: z.string().catch('dev-sdk-key'),
})

/**
 * @param sample - What is written where there is no file.
 * @param isBrokenServed - Take a file that is not JSON, to see what the hub makes of it.
 * @throws {@link HubError} `config-invalid` when the file cannot be read or created, or is not JSON.
 */
export async function openSettingsFile(
  path: string,
  isBrokenServed: boolean,
  sample: string,
): Promise<SettingsSource> {
  const { text, isNew } = await readOrCreate(path, sample)
  const problem = problemOf(text)
  if (problem !== undefined && !isBrokenServed) {
    throw new HubError(
      'config-invalid',
      `${path}: expected JSON, got a fault: ${problem}. Correct it, or serve it as it is with --serve-broken.`,
    )
  }
  const { accountId, sdkKey } = accountSchema.parse(parseObject(text) ?? {})
  return { text, isNew, accountId, sdkKey }
}

async function readOrCreate(path: string, sample: string): Promise<{ text: string; isNew: boolean }> {
  try {
    return { text: await readFile(path, 'utf8'), isNew: false }
  } catch (error) {
    if (!isMissing(error)) throw unusable(path, 'be read', error)
  }
  try {
    await writeFile(path, sample, { flag: 'wx' })
    return { text: sample, isNew: true }
  } catch (error) {
    throw unusable(path, 'be created', error)
  }
}

function unusable(path: string, what: string, error: unknown): HubError {
  const reason = messageOf(error)
  return new HubError(
    'config-invalid',
    `${path}: the settings-file cannot ${what}: ${reason}. Name another, in a folder that is there: vwo-hub dev <file>.`,
    { cause: error },
  )
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
