/**
 * The body of an answer as text.
 *
 * @param onChunk - Called whenever some of it arrives.
 * @throws Where it is longer than `maxBytes`, decompressed; the rest is not read then.
 */
export async function boundedText(
  { body }: Pick<Response, 'body'>,
  maxBytes: number,
  onChunk: () => void = () => {},
): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    onChunk()
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new Error(`expected at most ${maxBytes} bytes, got more`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
