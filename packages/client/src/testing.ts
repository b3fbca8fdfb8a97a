/**
 * For the tests of apps: a client without Redis, with the same methods and the same swap as in production.
 *
 * @module @vwo-hub/client/testing
 */
import { refuse, unknownNames } from './check-options.ts'
import type { Client } from './client.ts'
import type { LaunchOf, TypedBy } from './product/fullstack/keys.ts'
import type { LaunchOptions } from './product/fullstack/launch-options.ts'
import {
  faultsOfFullStack,
  openFullStack,
  type FullStackOptions,
} from './product/fullstack/open-fullstack.ts'
import { createForced } from './product/fullstack/testing/force.ts'
import { createTestParts } from './test-client.ts'

export { createFmeTestClient, type FmeTestClient, type FmeTestClientOptions } from './fme-test-client.ts'
export {
  settingsFile,
  type AbTestOptions,
  type FeatureOptions,
  type FeatureTestOptions,
  type SettingsBuilder,
  type VariableValues,
} from './product/fullstack/testing/settings-file.ts'

/** What a client for tests is made with. */
export interface TestClientOptions<
  Launch extends LaunchOptions = LaunchOptions,
> extends FullStackOptions<Launch> {
  /** The first settings-file, as an object or as text, or made with {@link settingsFile}. */
  readonly settings: object | string
  /**
   * Whether events are really sent to VWO, as in production. Without it the SDK runs in its development mode, whatever
   * `launch` says. @default false
   */
  readonly sendEvents?: boolean
}

const knownOptions: Record<keyof TestClientOptions, true> = {
  sdk: true,
  settings: true,
  launch: true,
  sendEvents: true,
}

/** As {@link Client}, and told by a test what to decide with. */
export type TestClient<By extends TypedBy = object, Launch extends LaunchOptions = LaunchOf<By>> = Client<
  By,
  Launch
> & {
  /**
   * Swaps at once.
   *
   * @returns The new revision; they count 1, 2, 3.
   * @throws `ClientError` `settings-refused` or `swap-failed` where production would report it, and `closed` after
   *   `close`; nothing has changed then.
   */
  update(settingsFile: object | string): number
  /**
   * Has a user get one variation of a campaign, in these settings and those to come, by VWO's own whitelist: whatever traffic,
   * segments, groups and storage say. Who else is on the whitelist of that campaign is decided for as everybody is.
   *
   * @param variation - Its name; may be left out where there is but one, as in a rollout.
   * @returns The new revision: it is a swap.
   * @throws `ClientError` `unknown-campaign`, or `option-invalid` for a variation or user that there cannot be.
   */
  force(user: string, campaign: string, variation?: string): number
}

/**
 * Makes a client that is ready with the given settings, and is told of new ones by the test.
 *
 * @throws `ClientError` `option-invalid`, `settings-refused` or `swap-failed`
 */
export function createTestClient<
  const By extends TypedBy = object,
  const Launch extends LaunchOptions = LaunchOf<By>,
>(options: TestClientOptions<Launch>): TestClient<By, Launch> {
  refuse([...unknownNames(options, knownOptions), ...faultsOfFullStack(options)])
  const { sdk, launch, sendEvents = false } = options
  const own = (sendEvents ? (launch ?? {}) : { ...launch, isDevelopmentMode: true }) as Launch
  const parts = createTestParts((host) => openFullStack({ sdk, launch: own }, host))
  const { client, swapper } = parts
  const forced = createForced()
  let latest = ''

  function update(settingsFile: object | string): number {
    const next = parts.nextOf(settingsFile)
    const swapped = swapper.swapNow({ ...next, text: forced.applyTo(next.text) })
    latest = next.text
    parts.announce(swapped)
    return next.revision
  }

  function force(user: string, campaign: string, variation?: string): number {
    forced.add(client.campaigns(), user, campaign, variation)
    return update(latest)
  }

  try {
    update(options.settings)
  } catch (error) {
    parts.release()
    throw error
  }
  return Object.defineProperties(client, {
    update: { value: update, enumerable: true },
    force: { value: force, enumerable: true },
  }) as TestClient<By, Launch>
}
