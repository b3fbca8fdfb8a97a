import type { HubError } from '../errors.ts'

/** A body in pieces, decompressed by `fetch`. */
export type Body = AsyncIterable<Uint8Array> | null

export interface BodyOptions {
  readonly body: Body
  /** The header `content-encoding`. */
  readonly encoding: string | null
  /** The header `content-length`: a body that says itself that it is too large is not read at all. */
  readonly announcedBytes: string | null
  /** Limit for the decompressed body. */
  readonly maxBytes: number
  readonly refuse: (what: string) => HubError
}

/**
 * Reads a body to its end, decompressed. Bytes are counted as they come out of the decompression: a small answer
 * that expands without end is left as soon as it is past the limit.
 *
 * @throws What `refuse` makes when it is too large or in an unknown encoding; else what the stream failed with.
 */
export async function readBody({
  body,
  encoding,
  announcedBytes,
  maxBytes,
  refuse,
}: BodyOptions): Promise<Buffer> {
  const tooLarge = (got: string): HubError =>
    refuse(`expected at most ${maxBytes} bytes (HUB_MAX_SETTINGS_BYTES), got ${got}`)
  if (!knownEncodings.has(encoding?.trim().toLowerCase() ?? ''))
    throw refuse('expected it plain or compressed with gzip, got another content encoding')
  if (Number(announcedBytes) > maxBytes) throw tooLarge(`${Number(announcedBytes)}`)

  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge('more')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}

const knownEncodings: ReadonlySet<string> = new Set(['', 'identity', 'gzip', 'x-gzip'])
