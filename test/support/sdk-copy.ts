/**
 * Copies of the SDK that share nothing: it keeps state in its modules, so that two instances of one copy meet.
 *
 * @module
 */
import { createRequire } from 'node:module'
import type { VwoInstance } from '../../packages/client/dist/product/fullstack/vwo-sdk.js'
import { copyPackage } from './copy-package.ts'
import { quietly } from './quietly.ts'

const entry = createRequire(import.meta.url).resolve('vwo-node-sdk')
const lib = entry.slice(0, entry.lastIndexOf('/'))

export interface SdkCopy {
  launch(config: object): LaunchedSdk
}

/** An instance as the SDK makes it, as far as tests look into it. */
export interface LaunchedSdk extends VwoInstance {
  SettingsFileManager?: {
    _configObj: { settingsFile: object }
    _clonedSettingsFile: object
    updateSettingsFile(settingsFile: object): void
    isSettingsFileValid(): boolean
  }
  getVariation(...args: unknown[]): unknown
  flushEvents(): Promise<unknown>
}

/** Loads the SDK anew, untouched by anything that was done with another copy. */
export function copySdk(): { readonly sdk: SdkCopy; inside(path: string): unknown } {
  const { exports, inside } = copyPackage(entry)
  return {
    sdk: exports as SdkCopy,
    /** A module of this copy, such as `utils/VWOFeatureFlags`. */
    inside: (path) => inside(`${lib}/${path}.js`),
  }
}

/** Launches without the lines that the SDK prints past its logger. */
export const launchQuietly = (sdk: SdkCopy, config: object): LaunchedSdk => quietly(() => sdk.launch(config))

/** Keeps the SDK from saying what it refuses. */
export const silent = { level: 4, logger: { log: () => {} } } as const
