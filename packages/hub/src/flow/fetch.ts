import type { EnvironmentConfig, ProxyConfig } from '../config/hub-config.ts'
import { HubError, type HubErrorOptions } from '../errors.ts'
import { readBody } from '../untrusted/body.ts'
import type { Endpoint, Product } from '../product/product.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import { explainRefusal } from './fetch-refusal.ts'
import { LONGEST_RETRY_AFTER_MS, readRetryAfter } from './retry-after.ts'
import { createVwoTransport } from './vwo-transport.ts'

/** One request for the settings-file. */
export interface FetchRequest {
  readonly endpoint: Endpoint
  /** Of the file that is known; VWO may then answer that nothing has changed. */
  readonly etag?: string
  readonly signal?: AbortSignal
}

export type FetchResult =
  | {
      readonly kind: 'body'
      /** As sent, decompressed, not yet checked. */
      readonly body: Uint8Array
      /** Length of the body. */
      readonly bytes: number
      readonly etag?: string
      readonly durationMs: number
    }
  /** VWO has confirmed what the `etag` stands for. */
  | { readonly kind: 'not-modified'; readonly durationMs: number }

export interface FetcherOptions {
  readonly product: Pick<Product, 'paths' | 'queryOf'>
  readonly environment: Pick<
    EnvironmentConfig,
    'name' | 'accountId' | 'sdkKey' | 'baseUrl' | 'sdk' | 'sdkVersion'
  >
  /** So long VWO may be silent, in milliseconds: while it connects, before it answers, and between parts of the body. */
  readonly timeoutMs: number
  /** Limit for the decompressed body. */
  readonly maxBytes: number
  /** @default none */
  readonly proxy?: ProxyConfig | undefined
}

export interface Fetcher {
  /** Host and port of the proxy that VWO is reached by; undefined where there is none. */
  readonly proxy: string | undefined
  /**
   * Reads the environment's current settings-file from VWO.
   *
   * @throws {@link HubError} `vwo-unreachable` when a retry may help (no or no complete answer, a status other
   *   than 200), `vwo-refused` when VWO refuses the account or key (400 to 499, but not 408 and 429),
   *   `settings-refused` when the answer cannot be a settings-file (too large, not JSON). No message contains the
   *   sdkKey or the URL's query.
   * The requests are those of the SDK, but its own promise never settles after the last retry: the hub makes its own.
   */
  fetchSettings(request: FetchRequest): Promise<FetchResult>
  /** Cuts requests under way; none is made any more. Idempotent. */
  close(): void
}

/** Request Timeout and Too Many Requests: nobody has to mend account or key. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 429])

/** Too Many Requests and Service Unavailable: what their `Retry-After` says is obeyed. */
const WAITING_STATUSES: ReadonlySet<number> = new Set([429, 503])

/** How many times as long as it may be silent an answer may take that keeps coming. */
const TOTAL_TIMES = 12

const knownEncodings: ReadonlySet<string> = new Set(['', 'identity', 'gzip', 'x-gzip'])

/** Makes the one thing that asks VWO for an environment. */
export function createFetcher(options: FetcherOptions): Fetcher {
  const { product, environment, timeoutMs, maxBytes } = options
  const { name, sdk, sdkVersion } = environment
  const baseUrl = new URL(environment.baseUrl)
  const transport = createVwoTransport(baseUrl, options.proxy)
  const place =
    transport.proxy === undefined ? baseUrl.host : `${baseUrl.host} (by the proxy ${transport.proxy})`
  const closing = new AbortController()

  function fail(code: HubError['code'], what: string, more?: HubErrorOptions): HubError {
    const message = `Cannot fetch settings of "${name}" from ${place}: ${what}. The last good revision stays.`
    return new HubError(code, message, more)
  }

  async function fetchSettings({ endpoint, etag, signal }: FetchRequest): Promise<FetchResult> {
    const startedAt = performance.now()
    const totalMs = timeoutMs * TOTAL_TIMES
    const deadline = startDeadline({ silenceMs: timeoutMs, totalMs })
    const { abort } = deadline
    // Not `AbortSignal.any`: on signals that live longer it leaves something with each request.
    const givers = [closing.signal, ...(signal === undefined ? [] : [signal])]
    for (const giver of givers) giver.addEventListener('abort', abort, { once: true })
    const isGivenUp = (): boolean => givers.some(({ aborted }) => aborted)
    try {
      if (isGivenUp()) abort()
      const result = await request(endpoint, etag, deadline)
      return { ...result, durationMs: performance.now() - startedAt }
    } catch (error) {
      if (error instanceof HubError) throw error
      if (isGivenUp()) throw fail('vwo-unreachable', 'it was given up before VWO had answered')
      switch (deadline.overdue()) {
        case 'silent':
          throw fail(
            'vwo-unreachable',
            `expected something of the answer each ${timeoutMs} ms, got nothing for as long`,
          )
        case 'endless':
          throw fail(
            'vwo-unreachable',
            `expected the whole answer within ${totalMs} ms, got a part, which kept coming`,
          )
        case undefined:
      }
      if (isOurs(error)) throw error
      throw fail('vwo-unreachable', reasonOf(error), { cause: error })
    } finally {
      deadline.end()
      for (const giver of givers) giver.removeEventListener('abort', abort)
    }
  }

  async function request(endpoint: Endpoint, etag: string | undefined, { signal, heard }: Deadline) {
    const path = `${baseUrl.pathname.replace(/\/$/, '')}${product.paths[endpoint]}`
    const answer = await transport.ask(
      `${baseUrl.origin}${path}?${product.queryOf(environment).toString()}`,
      {
        headers: {
          accept: 'application/json',
          'accept-encoding': 'gzip',
          'user-agent': `vwo-hub (${sdk}/${sdkVersion})`,
          ...(etag !== undefined && { 'if-none-match': etag }),
        },
        signal,
      },
    )
    heard()
    const { status, header, body } = answer
    try {
      if (status === 304 && etag !== undefined) return { kind: 'not-modified' as const }
      if (status >= 400 && status < 500 && !PASSING_STATUSES.has(status))
        throw fail('vwo-refused', `VWO answered ${status}${await explainRefusal(body, environment.sdkKey)}`)
      if (status >= 300 && status < 400)
        throw fail(
          'vwo-unreachable',
          `expected status 200, got ${status}, a redirect, which is not followed: set the base URL to where it leads`,
        )
      if (status !== 200) {
        const retryAfterMs = WAITING_STATUSES.has(status) ? readRetryAfter(header) : undefined
        const what = `expected status 200, got ${status}${wishOf(retryAfterMs)}`
        throw fail('vwo-unreachable', what, { retryAfterMs })
      }
      const type = header('content-type')
      if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type ?? ''))
        throw fail('settings-refused', `expected content type application/json, got ${describeType(type)}`)
      if (!knownEncodings.has(header('content-encoding')?.trim().toLowerCase() ?? ''))
        throw fail(
          'settings-refused',
          'expected it plain or compressed with gzip, got another content encoding',
        )
      const announced = header('content-length')
      const content = await readBody(told(body, heard), announced, maxBytes)
      if (content === undefined) {
        const got = Number(announced) > maxBytes ? Number(announced) : 'more'
        throw fail(
          'settings-refused',
          `expected at most ${maxBytes} bytes (HUB_MAX_SETTINGS_BYTES), got ${got}`,
        )
      }
      // A compressed body that is cut short is taken for a whole one; what VWO sends whole is a JSON object.
      if (header('content-encoding') !== undefined && !/}\s*$/.test(content.subarray(-64).toString()))
        throw fail('vwo-unreachable', 'expected the whole answer, got a compressed one that was cut off')
      const newEtag = header('etag')
      return {
        kind: 'body' as const,
        body: content,
        bytes: content.length,
        ...(newEtag !== undefined && { etag: newEtag }),
      }
    } finally {
      answer.end()
    }
  }

  return {
    proxy: transport.proxy,
    fetchSettings,
    close() {
      closing.abort()
      transport.close()
    },
  }
}

/** How long VWO asks to be left alone, in words, and what is made of it where that is too long. */
function wishOf(retryAfterMs: number | undefined): string {
  if (retryAfterMs === undefined) return ''
  const wish = `, which asks to wait ${Math.ceil(retryAfterMs / 1000)} s`
  if (retryAfterMs <= LONGEST_RETRY_AFTER_MS) return wish
  return `${wish}; it is asked again after ${LONGEST_RETRY_AFTER_MS / 1000} s, not later`
}

/** The same pieces, each told as it comes. */
async function* told(body: AsyncIterable<Uint8Array>, heard: () => void): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    heard()
    yield piece
  }
}

function describeType(type: string | undefined): string {
  return type === undefined ? 'none' : JSON.stringify(type.slice(0, 80))
}

/** What went wrong on the way to a proxy is a TypeError with a cause; one without a cause is a fault of ours. */
function isOurs(error: unknown): boolean {
  if (!(error instanceof Error)) return true
  const isOfProgram =
    error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
  return isOfProgram && error.cause === undefined
}

/** The reason is the innermost cause, or one of several where several addresses were tried. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed'
  if (error instanceof AggregateError) return reasonOf(error.errors[0])
  const { cause } = error
  if (cause instanceof Error && cause.message !== '') return reasonOf(cause)
  // Node's word for it.
  if (error.message === 'aborted') return 'the connection closed before the whole answer had come'
  const message = error.message || 'the connection failed'
  return message.replace(/\.$/, '')
}
