import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { INLINE_LIMIT_BYTES } from '@vwo-hub/client/protocol'

const compress = promisify(gzip)

/**
 * Makes what nodes fetch of a large settings-file, on another thread.
 *
 * @returns undefined for one that travels in the message.
 */
export async function compressLarge(text: Uint8Array | string): Promise<Buffer | undefined> {
  return Buffer.byteLength(text) > INLINE_LIMIT_BYTES ? await compress(text) : undefined
}
