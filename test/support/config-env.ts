import { expect } from 'vitest'
import { readConfig } from '../../packages/hub/dist/config/config.js'
import { HubError } from '../../packages/hub/dist/errors.js'

export type Env = Record<string, string | undefined>

export const minimal: Env = {
  REDIS_URL: 'redis://127.0.0.1:6379',
  VWO_ACCOUNT_ID: '123456',
  VWO_SDK_KEY: 'the-sdk-key',
  VWO_WEBHOOK_SECRETS: 'the-webhook-secret',
}

export const without = (...names: string[]): Env =>
  Object.fromEntries(Object.entries(minimal).filter(([name]) => !names.includes(name)))

/** Files that exist, by path. */
export const disk =
  (files: Record<string, string>) =>
  (path: string): string => {
    const content = files[path]
    if (content === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
    return content
  }

export const read = (env: Env, files: Record<string, string> = {}) => readConfig({ ...env }, disk(files))

/** Every fault, without the heading and the indentation. */
export function faultsOf(env: Env, files: Record<string, string> = {}): string[] {
  try {
    read(env, files)
  } catch (error) {
    if (!(error instanceof HubError)) throw error
    expect(error.code).toBe('config-invalid')
    const [heading, ...faults] = error.message.split('\n  ')
    expect(heading).toBe('The configuration cannot work, nothing was started:')
    return faults
  }
  return expect.fail('expected faults')
}
