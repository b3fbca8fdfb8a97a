import { askHub, nameOfHub, reasonOf } from './ask-hub.ts'
import type { CacheFile } from './cache-file.ts'
import { sha256Of, type ProductName } from '@vwo-hub/protocol'
import { ClientError } from '../errors.ts'
import type { HubOption } from '../options.ts'
import type { Source } from '../state.ts'

/** Settings to begin with while Redis does not answer. */
export interface FirstSettings {
  readonly text: string
  /** 0 for settings that were never published: everything is newer than they are. */
  readonly revision: number
  readonly sha256: string
  readonly source: Source
  /** Whose settings these are, where that is known. */
  readonly identity?: string | undefined
}

/** How long the hub may take, in milliseconds: the sources after it must fit into `ready`'s usual deadline too. */
const HUB_TIMEOUT_MS = 700

/** The sources that follow Redis, in their order. A source that has nothing answers `undefined`. */
export function fallbackSources(options: {
  readonly environment: string
  readonly product: ProductName
  readonly hub: HubOption | undefined
  readonly cacheFile: CacheFile | undefined
  readonly initialSettings: string | object | undefined
  /** Whether a revision cannot be. */
  readonly isImpossible: (revision: number) => boolean
}): (() => Promise<FirstSettings | undefined>)[] {
  const { environment, product, hub, cacheFile, initialSettings, isImpossible } = options
  return [
    async () =>
      hub === undefined ? undefined : await fetchFromHub(hub, { environment, product }, isImpossible),
    async () => {
      const cached = await cacheFile?.read()
      return cached && { ...cached, source: 'cache' }
    },
    async () => {
      if (initialSettings === undefined) return undefined
      const text = typeof initialSettings === 'string' ? initialSettings : JSON.stringify(initialSettings)
      return { text, revision: 0, sha256: sha256Of(text), source: 'initial' }
    },
  ]
}

async function fetchFromHub(
  hub: HubOption,
  { environment, product }: { readonly environment: string; readonly product: ProductName },
  isImpossible: (revision: number) => boolean,
): Promise<FirstSettings> {
  try {
    const answer = await askHub(hub, environment, {
      product,
      after: 0,
      waitMs: 0,
      silenceMs: HUB_TIMEOUT_MS,
      wholeMs: HUB_TIMEOUT_MS,
    })
    if (answer.kind === 'refused') {
      const { status, otherProduct } = answer
      throw new Error(
        otherProduct === undefined
          ? `expected status 200, got ${status}`
          : `expected product ${product}, got ${otherProduct}`,
      )
    }
    if (answer.kind === 'unchanged') throw new Error('expected settings, got none')
    const { text, revision, sha256, identity } = answer
    if (isImpossible(revision)) {
      throw new Error(`its revision ${revision} is more than a day ahead of the clock`)
    }
    return { text, revision, sha256, source: 'hub', identity }
  } catch (error) {
    throw new ClientError(
      'hub-unreachable',
      `Cannot get settings of "${environment}" from the hub at ${nameOfHub(hub)}: ${reasonOf(error)}. The next source is tried.`,
      { cause: error },
    )
  }
}
