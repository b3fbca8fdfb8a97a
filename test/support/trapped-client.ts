import { ClientError, type LaunchOptions } from '@vwo-hub/client'
import { createTestClient } from '@vwo-hub/client/testing'
import { expect } from 'vitest'
import { createFacade } from '../../packages/client/dist/product/fullstack/facade.js'
import { createVwoSdk } from '../../packages/client/dist/product/fullstack/vwo-sdk.js'
import { copySdk } from './sdk-copy.ts'
import { decidesFor, featureRollout, settingsFile } from './settings-file.ts'

export const settings = settingsFile({ campaigns: [decidesFor('checkout', 'green'), featureRollout('menu')] })
export const isDevelopmentMode = true

export const clientWith = <const Launch extends LaunchOptions>(launch: Launch) =>
  createTestClient({ sdk: copySdk().sdk, settings, launch, sendEvents: true })

/** A client with the reports of what the app's own functions and calls did wrong. */
export function reportingClient<const Launch extends LaunchOptions>(
  launch: Launch,
  first: object | null = settings,
) {
  const reports: string[] = []
  const { sdk, inside } = copySdk()
  const report = (what: string, error: unknown) => reports.push(`${what}: ${(error as Error).message}`)
  const live = createVwoSdk({
    sdk,
    launch,
    onCallbackError: report,
    onEventError: report,
  })
  const update = (file: object) => live.commit(live.prepare(JSON.stringify(file), false))
  if (first !== null) update(first)
  const { methods, drain } = createFacade({
    live,
    launch,
    requestRefresh: async () => {},
    onEventError: report,
  })
  return { methods, drain, live, update, reports, sdk, inside }
}

export function refusalOf(options: { launch?: unknown; sdk?: unknown; setings?: unknown }): string {
  try {
    createTestClient({ sdk: copySdk().sdk, settings, ...options } as never)
  } catch (error) {
    expect(error).toBeInstanceOf(ClientError)
    expect((error as ClientError).code).toBe('option-invalid')
    return (error as ClientError).message
  }
  return 'not refused'
}
