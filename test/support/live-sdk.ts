import { expect } from 'vitest'
import { createVwoSdk } from '../../packages/client/dist/product/fullstack/vwo-sdk.js'
import { copySdk, silent } from './sdk-copy.ts'

/** Nothing is sent, nothing printed. */
export const launch = { isDevelopmentMode: true, logging: silent }
export const text = (file: object): string => JSON.stringify(file)

/** A live SDK in a copy of the module, with what is inside of both. */
export function liveSdk(launchOptions: object = launch) {
  const { sdk, inside } = copySdk()
  const live = createVwoSdk({
    sdk,
    launch: launchOptions,
    onCallbackError: (from, error) => expect.fail(`${from}: ${String(error)}`),
    onEventError: (what, error) => expect.fail(`${what}: ${String(error)}`),
  })
  const swap = (file: object | string) =>
    live.commit(live.prepare(typeof file === 'string' ? file : text(file), false))
  return {
    sdk,
    live,
    swap,
    urls: inside('services/UrlService') as { collectionPrefix?: string; getBaseUrl(): string },
    flags: inside('utils/VWOFeatureFlags') as { getAll(): object },
    hooks: inside('services/HooksManager') as { callback?: unknown },
    emitter: (inside('utils/CustomEventUtil') as { getInstance(): NodeJS.EventEmitter }).getInstance(),
  }
}
