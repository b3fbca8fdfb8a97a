import { refuse, unknownNames } from './check-options.ts'
import type { FmeClient } from './fme.ts'
import type { FeatureKeys } from './product/fme/keys.ts'
import { faultsOfFme, openFme, type FmeOptions } from './product/fme/open-fme.ts'
import { createTestParts } from './test-client.ts'

/** What a client of FME for tests is made with. */
export interface FmeTestClientOptions extends FmeOptions {
  /** The first settings-file, as an object or as text. */
  readonly settings: object | string
  /** Whether events are really sent to VWO, as in production. @default false */
  readonly sendEvents?: boolean
}

const knownOptions: Record<keyof FmeTestClientOptions, true> = {
  sdk: true,
  settings: true,
  options: true,
  sendEvents: true,
}

/** As {@link FmeClient}, and told by a test what to decide with. */
export type FmeTestClient<Keys extends FeatureKeys = FeatureKeys> = FmeClient<Keys> & {
  /**
   * Swaps.
   *
   * @returns The new revision; they count 1, 2, 3.
   * @throws `ClientError` Rejects with `settings-refused` or `swap-failed` where production would report it, and with
   *   `closed` after `close`; nothing has changed then.
   */
  update(settingsFile: object | string): Promise<number>
}

/**
 * Makes a client of VWO Feature Management & Experimentation that is ready with the given settings, and is told of new ones by
 * the test. With a promise, as the SDK hands itself over with one.
 *
 * @throws `ClientError` Rejects with `option-invalid`, `settings-refused` or `swap-failed`.
 */
export async function createFmeTestClient<Keys extends FeatureKeys = FeatureKeys>(
  options: FmeTestClientOptions,
): Promise<FmeTestClient<Keys>> {
  refuse([...unknownNames(options, knownOptions), ...faultsOfFme(options)])
  const { settings, sendEvents: sendsEvents = false, ...given } = options
  const parts = createTestParts((host) => openFme(given, host, { sendsEvents }))

  async function update(settingsFile: object | string): Promise<number> {
    const next = parts.nextOf(settingsFile)
    parts.announce(await parts.swapper.swap(next))
    return next.revision
  }

  try {
    await update(settings)
  } catch (error) {
    parts.release()
    throw error
  }
  return Object.defineProperties(parts.client, {
    update: { value: update, enumerable: true },
  }) as FmeTestClient<Keys>
}
