import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { messageOf } from '../../../errors.ts'
import { plainText } from '../../../text/plain-text.ts'
import { lighten } from './lighten.ts'
import type { LoadedSdk } from './load-sdk.ts'
import { LOG_LEVEL_ERROR, type SdkLogger, type VwoInstance, type VwoSdk } from './sdk.ts'

/** The SDK, launched with a part of a settings-file. */
export interface Trial {
  readonly vwo: VwoInstance
  /** What users have got before, by the name of a variation; undefined: nothing. */
  readonly stored: { variationName: string | undefined }
  /** What the SDK has logged at level error since the last call: it catches what its decisions throw, and answers null. */
  takeErrors(): string[]
}

/** A launch, or why there is none. */
export type Launch =
  | { readonly ok: true; readonly trial: Trial }
  | { readonly ok: false; readonly why: string }

/** Launches a copy of the SDK, again and again. */
export type LaunchSdk = (file: SettingsFile) => Launch

/**
 * Launches the SDK for an app without a user storage, and its log goes nowhere. One launch for one copy of the SDK: it keeps part
 * of the settings in its modules.
 */
export function launchAlone(sdk: VwoSdk, settingsFile: SettingsFile): VwoInstance {
  const logging = { level: LOG_LEVEL_ERROR, logger: { log() {} } }
  return sdk.launch({ settingsFile, isDevelopmentMode: true, logging })
}

/** @param loaded - What is not asked of it here is taken from it: see {@link lighten}. */
export function createLaunch({ sdk, inside }: Extract<LoadedSdk, { ok: true }>): LaunchSdk {
  lighten(inside)
  // An SDK logs where its last launch says, also what an earlier instance of it decides.
  const errors: string[] = []
  const logger: SdkLogger = {
    log(level, message) {
      if (level >= LOG_LEVEL_ERROR) errors.push(String(message))
    },
  }
  return (file) => {
    errors.length = 0
    const stored: Trial['stored'] = { variationName: undefined }
    try {
      const vwo = sdk.launch({
        settingsFile: file,
        isDevelopmentMode: true,
        logging: { level: LOG_LEVEL_ERROR, logger },
        userStorageService: {
          get: (userId, campaignKey) =>
            stored.variationName === undefined ? undefined : { userId, campaignKey, ...stored },
          set() {},
        },
      })
      const fault = errors.find(Boolean)
      if (fault !== undefined)
        return { ok: false, why: `the SDK does not launch with it: ${plainText(fault, 200)}` }
      return { ok: true, trial: { vwo, stored, takeErrors: () => errors.splice(0) } }
    } catch (error) {
      return { ok: false, why: `the SDK throws: ${plainText(messageOf(error), 200)}` }
    }
  }
}
