/**
 * The dry run's thread: loads the SDK once, then tries each settings-file that it is sent.
 *
 * @module
 */
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { plainText } from '../plain-text.ts'
import { tryDecisions } from './decisions.ts'
import { createProven } from './proven.ts'
import type { VwoSdk } from './sdk.ts'

/** What the thread is started with. */
export interface ThreadData {
  readonly sdk: string
  /** One element: which campaign is tried, so that whoever ends the thread knows the place. */
  readonly progress: Int32Array
}

/** What the thread says: once whether it is ready, then one verdict for each text. */
export type DryRunMessage =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'unusable'; readonly why: string }
  | { readonly kind: 'verdict'; readonly why: string | undefined }

const { sdk: name, progress } = workerData as ThreadData
const say = (message: DryRunMessage): void => parentPort?.postMessage(message, [])

/** Loads the SDK, and says why not. */
function loadSdk(): VwoSdk | undefined {
  const require = createRequire(import.meta.url)
  try {
    const { version } = z.object({ version: z.string() }).parse(require(`${name}/package.json`))
    if (version.startsWith('1.73.')) return require(name) as VwoSdk
    say({ kind: 'unusable', why: `expected vwo-node-sdk 1.73, got ${plainText(version, 40)}` })
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error)
    say({
      kind: 'unusable',
      why: `expected vwo-node-sdk 1.73, it cannot be loaded: ${plainText(reason ?? '', 200)}`,
    })
  }
  return undefined
}

const sdk = loadSdk()
if (sdk !== undefined) {
  const proven = createProven()
  parentPort?.on('message', (text: string) =>
    say({ kind: 'verdict', why: tryDecisions(sdk, text, proven, progress) }),
  )
  say({ kind: 'loaded' })
}
