import { createRequire } from 'node:module'
import { plainText } from '../../../text/plain-text.ts'
import type { VwoSdk } from './sdk.ts'

/** Whether a segment accepts a user with these variables. Only the SDK knows what a segment means. */
export type Evaluate = (segment: object, variables: object) => boolean

/** The SDK, or why it cannot be used. */
export type LoadedSdk =
  | { readonly ok: true; readonly sdk: VwoSdk; readonly inside: (path: string) => unknown }
  | { readonly ok: false; readonly why: string }

/**
 * Loads the SDK. Its state is in its modules, which each thread has for itself.
 *
 * @param name - As for `require`, or a folder.
 * @returns With `inside`, which gives one of its own modules: `utils/LogMessageUtil`.
 */
export function loadSdk(name: string): LoadedSdk {
  const require = createRequire(import.meta.url)
  try {
    const { version } = require(`${name}/package.json`) as { readonly version?: unknown }
    if (!String(version).startsWith('1.73.'))
      return { ok: false, why: `expected vwo-node-sdk 1.73, got ${plainText(String(version), 40)}` }
    const inside = (path: string): unknown => require(`${name}/lib/${path}.js`)
    return { ok: true, sdk: require(name) as VwoSdk, inside }
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error)
    return {
      ok: false,
      why: `expected vwo-node-sdk 1.73, it cannot be loaded: ${plainText(reason ?? '', 200)}`,
    }
  }
}

/** The SDK's own evaluation of a segment, without its messages; it is loaded when it is needed first. */
export function loadEvaluator(name: string): Evaluate {
  const require = createRequire(import.meta.url)
  let evaluate: ((...asked: unknown[]) => unknown) | undefined
  return (segment, variables) => {
    if (evaluate === undefined) {
      const messages = require(`${name}/lib/utils/LogMessageUtil.js`) as { build: () => string }
      messages.build = () => ''
      evaluate = require(`${name}/lib/core/SegmentEvaluator.js`) as (...asked: unknown[]) => unknown
    }
    // Its last argument keeps it from saying what it could not evaluate.
    return evaluate(segment, variables, '', '', '', true) === true
  }
}
