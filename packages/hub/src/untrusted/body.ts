/** A body in pieces. What `fetch` gives has been decompressed. */
export type Body = AsyncIterable<Uint8Array> | null

/**
 * Reads a body to its end, and of one that is too large no more than shows it: one that says so itself is not read at
 * all, of every other one the bytes are counted as they come, which is after any decompression.
 *
 * How long it may take is its source's to limit: the signal of a `fetch`, `requestTimeout` of a listener.
 *
 * @param announcedBytes - The header `content-length`.
 * @returns Undefined when there is more than `maxBytes`.
 * @throws What the stream failed with, such as that it was cut off.
 */
export async function readBody(
  body: Body,
  announcedBytes: string | null | undefined,
  maxBytes: number,
): Promise<Buffer | undefined> {
  if (Number(announcedBytes ?? 0) > maxBytes) return undefined
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}
