import { Agent } from 'undici'
import type { EnvironmentConfig } from './config.ts'
import { HubError } from './errors.ts'
import { readBody } from './fetch/body.ts'
import { explainRefusal } from './fetch/refusal.ts'

/** One request for the settings-file. */
export interface FetchRequest {
  /** VWO serves `pull` to those that have got a webhook, and `settings` otherwise. */
  readonly endpoint: 'settings' | 'pull'
  /** Of the file that is known; VWO may then answer that nothing has changed. */
  readonly etag?: string
  readonly signal?: AbortSignal
}

export type FetchResult =
  | {
      readonly kind: 'body'
      /** As sent, decompressed, not yet checked. */
      readonly body: Uint8Array | string
      /** Length of the body in UTF-8. */
      readonly bytes: number
      readonly etag?: string
      readonly durationMs: number
    }
  /** VWO has confirmed what the `etag` stands for. */
  | { readonly kind: 'not-modified'; readonly durationMs: number }

export interface FetcherOptions {
  readonly environment: Pick<
    EnvironmentConfig,
    'name' | 'accountId' | 'sdkKey' | 'baseUrl' | 'sdk' | 'sdkVersion'
  >
  /** Limit for one whole request, connecting and body included, in milliseconds. */
  readonly timeoutMs: number
  /** Limit for the decompressed body. */
  readonly maxBytes: number
}

export interface Fetcher {
  /**
   * Reads the environment's current settings-file from VWO.
   *
   * @throws {@link HubError} `vwo-unreachable` when a retry may help (no or no complete answer, a status other
   *   than 200), `vwo-refused` when VWO refuses the account or key (400 to 499), `settings-refused` when the answer
   *   cannot be a settings-file (too large, not JSON). No message contains the sdkKey or the URL's query.
   * @see vwo-node-sdk 1.73.0 `lib/utils/SettingsFileUtil.js`: same endpoints and query, but that promise never
   *   settles after the last retry, so the hub makes its own request.
   */
  fetchSettings(request: FetchRequest): Promise<FetchResult>
  /** Cuts requests under way and closes the kept connections. Idempotent. */
  close(): Promise<void>
}

/** Makes the one thing that asks VWO for an environment; it keeps its connections open between requests. */
export function createFetcher({ environment, timeoutMs, maxBytes }: FetcherOptions): Fetcher {
  const { name, accountId, sdkKey, sdk, sdkVersion } = environment
  const baseUrl = new URL(environment.baseUrl)
  const agent = new Agent({
    // One request at a time is made; a second connection would only be one more to keep.
    connections: 1,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  })
  let closed: Promise<void> | undefined

  function fail(code: HubError['code'], what: string, cause?: unknown): HubError {
    const message = `Cannot fetch settings of "${name}" from ${baseUrl.host}: ${what}. The last good revision stays.`
    return new HubError(code, message, cause === undefined ? undefined : { cause })
  }

  async function fetchSettings({ endpoint, etag, signal }: FetchRequest): Promise<FetchResult> {
    const startedAt = performance.now()
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(), timeoutMs)
    const abort = (): void => deadline.abort()
    signal?.addEventListener('abort', abort, { once: true })
    try {
      if (signal?.aborted === true) abort()
      const result = await request(endpoint, etag, deadline.signal)
      return { ...result, durationMs: performance.now() - startedAt }
    } catch (error) {
      if (error instanceof HubError) throw error
      if (signal?.aborted === true) throw fail('vwo-unreachable', 'it was given up before VWO had answered')
      if (deadline.signal.aborted)
        throw fail('vwo-unreachable', `expected the whole answer within ${timeoutMs} ms, got none or a part`)
      throw fail('vwo-unreachable', reasonOf(error), error)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  async function request(endpoint: FetchRequest['endpoint'], etag: string | undefined, signal: AbortSignal) {
    const { statusCode, headers, body } = await agent.request({
      origin: baseUrl.origin,
      path: `${baseUrl.pathname.replace(/\/$/, '')}/server-side/${endpoint}?${query().toString()}`,
      method: 'GET',
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip',
        'user-agent': `vwo-hub (${sdk}/${sdkVersion})`,
        ...(etag !== undefined && { 'if-none-match': etag }),
      },
      signal,
    })
    // What is not read below is cut off, and then fails without a listener.
    body.on('error', () => {})
    try {
      if (statusCode === 304 && etag !== undefined) return { kind: 'not-modified' as const }
      if (statusCode >= 400 && statusCode < 500)
        throw fail('vwo-refused', `VWO answered ${statusCode}${await explainRefusal(body, sdkKey)}`)
      if (statusCode >= 300 && statusCode < 400)
        throw fail(
          'vwo-unreachable',
          `expected status 200, got ${statusCode}, a redirect, which is not followed: set the base URL to where it leads`,
        )
      if (statusCode !== 200) throw fail('vwo-unreachable', `expected status 200, got ${statusCode}`)
      const type = headerOf(headers['content-type'])
      if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type ?? ''))
        throw fail('settings-refused', `expected content type application/json, got ${describeType(type)}`)
      const content = await readBody({
        body,
        encoding: headerOf(headers['content-encoding']),
        announcedBytes: headerOf(headers['content-length']),
        maxBytes,
        refuse: (what) => fail('settings-refused', what),
      })
      const newEtag = headerOf(headers.etag)
      return {
        kind: 'body' as const,
        body: content,
        bytes: content.length,
        ...(newEtag !== undefined && { etag: newEtag }),
      }
    } finally {
      body.destroy()
    }
  }

  function query(): URLSearchParams {
    return new URLSearchParams({
      a: accountId,
      i: sdkKey,
      r: String(Math.random()),
      platform: 'server',
      sdk,
      'sdk-v': sdkVersion,
    })
  }

  return {
    fetchSettings,
    close() {
      closed ??= agent.destroy()
      return closed
    },
  }
}

function headerOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function describeType(type: string | undefined): string {
  return type === undefined ? 'none' : JSON.stringify(type.slice(0, 80))
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed'
  // Several addresses were tried: the reasons are inside, and there is no message.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const { message } = first instanceof Error ? first : error
  return message.replace(/\.$/, '')
}
