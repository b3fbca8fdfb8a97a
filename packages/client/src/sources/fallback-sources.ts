import { boundedText } from './bounded-text.ts'
import type { CacheFile } from './cache-file.ts'
import { isRevision, LARGEST_SETTINGS_BYTES, sha256Of } from '@vwo-hub/protocol'
import { ClientError, messageOf } from '../errors.ts'
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
  readonly hub: HubOption | undefined
  readonly cacheFile: CacheFile | undefined
  readonly initialSettings: string | object | undefined
  /** Whether a revision cannot be. */
  readonly isImpossible: (revision: number) => boolean
}): (() => Promise<FirstSettings | undefined>)[] {
  const { environment, hub, cacheFile, initialSettings, isImpossible } = options
  return [
    async () => (hub === undefined ? undefined : await fetchFromHub(hub, environment, isImpossible)),
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
  { url, token }: HubOption,
  environment: string,
  isImpossible: (revision: number) => boolean,
): Promise<FirstSettings> {
  // It may be under a path: https://ops.example.com/vwo-hub
  const address = new URL(
    `v1/environments/${environment}/settings`,
    new URL(url).href.replace(/[?#].*$/, '').replace(/\/*$/, '/'),
  )
  try {
    const response = await fetch(address, {
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
      redirect: 'error',
      signal: AbortSignal.timeout(HUB_TIMEOUT_MS),
    })
    if (!response.ok) throw new Error(`expected status 200, got ${response.status}`)
    const revision = Number(response.headers.get('vwo-hub-revision'))
    if (!isRevision(revision)) throw new Error('expected a revision in the header vwo-hub-revision')
    if (isImpossible(revision)) {
      throw new Error(`its revision ${revision} is more than a day ahead of the clock`)
    }
    const text = await boundedText(response, LARGEST_SETTINGS_BYTES)
    const sha256 = sha256Of(text)
    // A proxy that compresses makes it a weak one; the text is the same.
    if (response.headers.get('etag')?.replace(/^W\//, '') !== `"${sha256}"`)
      throw new Error('the checksum does not match the content')
    return { text, revision, sha256, source: 'hub' }
  } catch (error) {
    const reason = messageOf(error)
    throw new ClientError(
      'hub-unreachable',
      `Cannot get settings of "${environment}" from the hub at ${address.host}: ${reason}. The next source is tried.`,
      { cause: error },
    )
  }
}
