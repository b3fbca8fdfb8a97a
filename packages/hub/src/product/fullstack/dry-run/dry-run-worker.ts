/**
 * The dry run's thread: loads the SDK once, then tries each settings-file that it is sent.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads'
import { tryDecisions, type Trial } from './decisions.ts'
import { loadSdk } from './load-sdk.ts'

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

const loaded = loadSdk(name)
if (loaded.ok) {
  const { sdk } = loaded
  parentPort?.on('message', (trial: Trial) =>
    say({ kind: 'verdict', why: tryDecisions(sdk, trial, progress) }),
  )
  say({ kind: 'loaded' })
} else {
  say({ kind: 'unusable', why: loaded.why })
}
