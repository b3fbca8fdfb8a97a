import type { EnvironmentConfig } from '../config/hub-config.ts'
import { HubError } from '../errors.ts'
import type { Environment } from '../environment/environment.ts'
import { isOf, type Owner } from '../environment/identity.ts'
import type { RefreshState } from '../environment/refresh-commands.ts'
import type { Log } from '../log/log.ts'

/** How often the log is told that this hub has nothing to do here, in milliseconds. */
const TELL_AGAIN_MS = 60_000

/** Whether the settings under an environment's name are those that this hub is configured for. */
export interface Ownership {
  /** Account and key as they are configured now. */
  owner(): Owner
  isForeign(): boolean
  /** @throws {@link HubError} `foreign` while the settings are another account's or sdkKey's. */
  assertOwn(): void
  /** Redis was looked into on behalf of this owner. @returns Whether this hub has nothing to do here. */
  judge(state: RefreshState, owner: Owner): Promise<boolean>
}

/** @param environment - Its sdkKey may be replaced while the hub runs. */
export function createOwnership(
  environment: Pick<EnvironmentConfig, 'name' | 'product' | 'accountId' | 'sdkKey'>,
  { act, note, read }: Pick<Environment, 'act' | 'note' | 'read'>,
  log: Log,
): Ownership {
  const { name, accountId, product } = environment
  const summary = `a hub is configured with another account (${accountId}), sdkKey or product than the settings that are published: it neither fetches nor publishes`
  let isForeign = false
  let toldAt = Number.NEGATIVE_INFINITY
  let isAuditTold = false
  /** Whose the settings were when they were this hub's own last. */
  let former: Owner | undefined

  async function tell(): Promise<void> {
    if (performance.now() - toldAt >= TELL_AGAIN_MS) {
      toldAt = performance.now()
      log.error(
        { account: accountId },
        `the settings of this environment are those of another account, sdkKey or product: this hub neither fetches nor publishes; give the environment another name or prefix, or, when the change is meant: vwo-hub adopt ${name}`,
      )
    }
    if (isAuditTold) return
    const { audit } = await read.status()
    // A hub that starts again and again says it once.
    if (!audit.some((entry) => entry.what === 'foreign' && entry.summary === summary)) {
      await note({ what: 'foreign', summary })
    }
    isAuditTold = true
  }

  return {
    owner: () => ({ accountId, sdkKey: environment.sdkKey, ...(product && { product }) }),
    isForeign: () => isForeign,
    assertOwn() {
      if (!isForeign) return
      throw new HubError(
        'foreign',
        `Cannot refresh "${name}": what is published is of another account, sdkKey or product than this hub is configured with. Nothing was changed. When the change is meant: vwo-hub adopt ${name}`,
      )
    },
    async judge({ state, meta }, owner) {
      const wasForeign = isForeign
      isForeign = state === 'foreign'
      if (!isForeign) {
        if (wasForeign) log.info('the settings of this environment are this hub’s own again')
        former = owner
        isAuditTold = false
        toldAt = Number.NEGATIVE_INFINITY
        return false
      }
      const { identity, identitySalt } = meta ?? {}
      if (former !== undefined && isOf(former, { identity, identitySalt })) {
        // The key was replaced where this hub is configured, and nothing else: the change is meant. Once: another hub may
        // have the former one for a while.
        former = undefined
        const replaced = 'the sdkKey was replaced in the configuration of a hub'
        if ((await act.adopt({ what: 'adopt', summary: replaced }, identity)) !== undefined) {
          log.warn(replaced)
          return true
        }
      }
      await tell()
      return true
    },
  }
}
