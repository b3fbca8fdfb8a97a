import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { HubError } from '../errors.ts'

export interface BodyOptions {
  readonly body: Readable
  /** The header `content-encoding`. */
  readonly encoding: string | undefined
  /** The header `content-length`: a body that says itself that it is too large is not read at all. */
  readonly announcedBytes: string | undefined
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
}: BodyOptions): Promise<Uint8Array> {
  const tooLarge = (got: string): HubError =>
    refuse(`expected at most ${maxBytes} bytes (HUB_MAX_SETTINGS_BYTES), got ${got}`)
  if (Number(announcedBytes) > maxBytes) throw tooLarge(`${Number(announcedBytes)}`)

  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of decompressed(body, encoding, refuse) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge('more')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}

function decompressed(body: Readable, encoding: string | undefined, refuse: BodyOptions['refuse']): Readable {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return body
    case 'gzip':
    case 'x-gzip':
      // What goes wrong on either side ends the reading with that error; there is nothing else to do about it.
      return pipeline(body, createGunzip(), () => {})
    default:
      throw refuse('expected it plain or compressed with gzip, got another content encoding')
  }
}
