import { normaliseSettings } from '@vwo-hub/protocol/fullstack'
import type { Judging } from '../../packages/hub/dist/product/product.js'
import { copySdk, launchQuietly, type LaunchedSdk, silent } from '../support/sdk-copy.ts'

/** What the SDK and the hub make of one settings-file. */
export interface Agreement {
  /** By a fresh launch of the real SDK with the file as it is. */
  readonly isLaunched: boolean
  /** Why the hub would not publish it; absent where it would. */
  readonly refusal?: string
  /** How much of it is published with a warning. */
  readonly warnings: number
  readonly decisions: number
  /** The first decisions that are others than those of a fresh launch, in words. */
  readonly differences: readonly string[]
}

const users = Array.from({ length: 100 }, (_, index) => `user-${index + 1}`)

/** Compares a fresh launch of a settings-file with what comes of it by way of the hub and a client. */
export async function agree(text: string, judging: Pick<Judging, 'judge'>): Promise<Agreement> {
  const file = JSON.parse(text) as CampaignsOf
  const fresh = launched(structuredClone(file))
  const verdict = await judging.judge({ body: text })
  const refused = { warnings: 0, decisions: 0, differences: [] }
  if (!verdict.ok) return { isLaunched: fresh !== undefined, refusal: verdict.why, ...refused }
  const { count: warnings } = verdict.warnings
  if (fresh === undefined) return { isLaunched: false, ...refused, warnings }
  const published = JSON.parse(Buffer.from(verdict.text).toString()) as CampaignsOf
  normaliseSettings(published)
  // A copy of its own: two instances of one share what it keeps in its modules.
  const expected = decisionsOf(fresh, file)
  const hot = launched(published)
  const got = hot === undefined ? [] : decisionsOf(hot, file)
  const differences = expected.flatMap((each, index) =>
    each === got[index] ? [] : [`expected ${each}, got ${got[index]}`],
  )
  return { isLaunched: true, warnings, decisions: expected.length, differences }
}

interface CampaignsOf {
  readonly campaigns: readonly { readonly key: string; readonly type: string }[]
}

/** @returns undefined where the SDK does not launch. */
function launched(settingsFile: object): LaunchedSdk | undefined {
  try {
    const vwo = launchQuietly(copySdk().sdk, { settingsFile, isDevelopmentMode: true, logging: silent })
    return vwo.SettingsFileManager?.isSettingsFileValid() === true ? vwo : undefined
  } catch {
    return undefined
  }
}

function decisionsOf(vwo: LaunchedSdk, { campaigns }: CampaignsOf): string[] {
  return (Array.isArray(campaigns) ? campaigns : []).flatMap(({ key, type }) =>
    users.map((user) => {
      const answer =
        type === 'VISUAL_AB'
          ? [vwo.activate(key, user)]
          : [vwo.isFeatureEnabled(key, user), vwo.getVariationName(key, user)]
      return `${JSON.stringify(answer)} for ${user} of ${key}`
    }),
  )
}
