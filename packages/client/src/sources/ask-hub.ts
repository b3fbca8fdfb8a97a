import {
  isRevision,
  LARGEST_SETTINGS_BYTES,
  productNamed,
  sha256Of,
  type ProductName,
} from '@vwo-hub/protocol'
import { messageOf } from '../errors.ts'
import type { HubOption } from '../options.ts'
import { boundedText } from './bounded-text.ts'

/** Longer than this nobody is waited for because a hub says so, in milliseconds. */
const LONGEST_RETRY_MS = 10_000

/** What a client asks a hub. */
export interface Question {
  /** Whose settings it can use. */
  readonly product: ProductName
  /** The revision that it has; 0 for none. */
  readonly after: number
  /** How long the hub may wait for another one, in milliseconds. */
  readonly waitMs: number
  /** How long it may be silent beyond that, in milliseconds, before its answer and within it. */
  readonly silenceMs: number
  /** How long all of it may take, in milliseconds. */
  readonly wholeMs: number
  readonly signal?: AbortSignal
}

/** What a hub says of what it has. */
interface Told {
  readonly revision: number
  /** Whose settings these are, where it says so. */
  readonly identity: string | undefined
  /** Redis' clock, Unix milliseconds, where it says so. */
  readonly now: number | undefined
  /** It has not reached Redis for a while: there may be something newer. */
  readonly isStale: boolean
}

export type HubAnswer =
  | (Told & { readonly kind: 'settings'; readonly text: string; readonly sha256: string })
  | (Told & { readonly kind: 'unchanged' })
  | {
      readonly kind: 'refused'
      readonly status: number
      readonly retryAfterMs: number
      readonly otherProduct: string | undefined
    }

/** The hub's address for people: a path may be part of it, a secret is not. */
export function nameOfHub({ url }: HubOption): string {
  return new URL(url).host
}

/**
 * Asks a hub for the settings of an environment.
 *
 * @throws Where it cannot be reached, is silent for too long, or answers what it cannot have meant.
 */
export async function askHub(
  { url, token }: HubOption,
  environment: string,
  { product, after, waitMs, silenceMs, wholeMs, signal }: Question,
): Promise<HubAnswer> {
  const address = new URL(url)
  address.pathname = `${address.pathname.replace(/\/$/, '')}/v1/environments/${environment}/settings`
  const isOther = product !== productNamed(undefined)
  address.search = new URLSearchParams({
    after: String(after),
    waitMs: String(waitMs),
    // Hubs from before there were two know no such question.
    ...(isOther && { product }),
  }).toString()
  // Not `AbortSignal.any`: up to Node 20 a signal keeps each that was made of it, and this one is as old as the client.
  const ending = new AbortController()
  const end = (): void => ending.abort(signal?.reason)
  const endAfter = (ms: number, why: string): NodeJS.Timeout =>
    setTimeout(() => ending.abort(new Error(`${why} ${ms} ms`)), ms)
  const wait = (ms: number): NodeJS.Timeout => endAfter(ms, 'it was silent for')
  const whole = endAfter(wholeMs, 'it took longer than')
  let timer = wait(waitMs + silenceMs)
  if (signal?.aborted === true) end()
  signal?.addEventListener('abort', end)
  try {
    const response = await fetch(address, {
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
      redirect: 'error',
      signal: ending.signal,
    })
    const onChunk = (): void => {
      clearTimeout(timer)
      timer = wait(silenceMs)
    }
    onChunk()
    return await read(response, product, onChunk)
  } catch (error) {
    // What `fetch` says is only that it has failed.
    throw error instanceof TypeError && error.cause instanceof Error ? error.cause : error
  } finally {
    clearTimeout(timer)
    clearTimeout(whole)
    signal?.removeEventListener('abort', end)
  }
}

async function read(response: Response, product: ProductName, onChunk: () => void): Promise<HubAnswer> {
  const { status, headers } = response
  const theirs = productNamed(headers.get('vwo-hub-product'))
  const isOther = theirs !== product && (status === 409 || status === 200 || status === 304)
  if ((status !== 200 && status !== 304) || isOther) {
    await response.body?.cancel()
    const retryAfterMs = Math.min(Number(headers.get('retry-after')) * 1000 || 0, LONGEST_RETRY_MS)
    return { kind: 'refused', status, retryAfterMs, otherProduct: isOther ? theirs : undefined }
  }
  const revision = Number(headers.get('vwo-hub-revision'))
  if (!isRevision(revision)) throw new Error('expected a revision in the header vwo-hub-revision')
  const told: Told = {
    revision,
    identity: headers.get('vwo-hub-identity') ?? undefined,
    now: Number(headers.get('vwo-hub-now')) || undefined,
    isStale: headers.get('vwo-hub-stale') === 'true',
  }
  if (status === 304) return { kind: 'unchanged', ...told }
  const text = await boundedText(response, LARGEST_SETTINGS_BYTES, onChunk)
  const sha256 = sha256Of(text)
  // A proxy that compresses makes a weak one of it.
  if (headers.get('etag')?.replace(/^W\//, '') !== `"${sha256}"`)
    throw new Error('the checksum does not match the content')
  return { kind: 'settings', ...told, text, sha256 }
}

/** What went wrong, as the end of a sentence. */
export function reasonOf(error: unknown): string {
  // Of several addresses that were tried, Node says nothing but their number.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return messageOf(error)
}
