import { createRequire } from 'node:module'
import { messageOf } from '../../../errors.ts'
import { plainText } from '../../../text/plain-text.ts'
import type { FmeSdk } from './sdk.ts'
import { createStart, type StartClient } from './start-client.ts'

/** The SDK, or why it cannot be used. */
export type LoadedSdk =
  | { readonly ok: true; readonly start: StartClient }
  | { readonly ok: false; readonly why: string }

/**
 * Loads the SDK for a thread that it has for itself: its state is in its modules, and it prints past every logger.
 *
 * @param name - As for `require`, or a folder.
 */
export function loadSdk(name: string): LoadedSdk {
  for (const level of ['debug', 'info', 'log', 'warn', 'error'] as const) console[level] = () => {}
  try {
    const sdk = createRequire(import.meta.url)(name) as FmeSdk
    if (typeof sdk.init === 'function') return { ok: true, start: createStart(sdk) }
    return { ok: false, why: 'expected vwo-fme-node-sdk with "init", got something else' }
  } catch (error) {
    const reason = messageOf(error).split('\n', 1)[0] ?? ''
    return { ok: false, why: `expected vwo-fme-node-sdk, it cannot be loaded: ${plainText(reason, 200)}` }
  }
}
