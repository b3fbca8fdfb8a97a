import { promisify } from 'node:util'
import { gunzip, gunzipSync } from 'node:zlib'
import { INLINE_LIMIT_BYTES, LARGEST_SETTINGS_BYTES, sha256Of, type Keys } from '@vwo-hub/protocol'
import type { Redis } from 'ioredis'

const decompress = promisify(gunzip)

/** Up to so many bytes are decompressed in place, in half of the time that it takes to hand them to another thread and back. */
const IN_PLACE_BYTES = 256 * 1024
/** So much is decompressed in one piece: each goes to the other thread and back. */
const PIECE_BYTES = 2 * 1024 * 1024

/** What is known of a published settings-file before it is fetched. */
export interface Announced {
  readonly revision: number
  readonly sha256: string
  readonly bytes: number
  /** Whose settings these are, where that is known. */
  readonly identity?: string | undefined
  /** What it changed, where a message has said it. */
  readonly summary?: string | undefined
}

/**
 * Reads by revision, so that nothing can mix; the checksum says whether it is the text that was announced.
 *
 * @returns `undefined` where Redis has no such text.
 */
export async function fetchSettings(
  redis: Redis,
  keys: Keys,
  { revision, sha256, bytes }: Announced,
): Promise<string | undefined> {
  const sources = [
    ...(bytes > INLINE_LIMIT_BYTES
      ? [() => readCompressed(redis, keys.compressedSettingsOf(revision), bytes)]
      : []),
    () => redis.getBuffer(keys.settingsOf(revision)),
    () => redis.getBuffer(keys.settings),
  ]
  for (const source of sources) {
    const text = await source()
    if (text !== null && sha256Of(text) === sha256) return String(text)
  }
  return undefined
}

/** @returns null, too, where it is not what it has to be: longer than announced, for example. */
async function readCompressed(redis: Redis, key: string, bytes: number): Promise<Buffer | null> {
  const compressed = await redis.getBuffer(key)
  if (compressed === null) return null
  const maxOutputLength = Math.min(bytes, LARGEST_SETTINGS_BYTES)
  // One more than expected: otherwise it takes another piece to see that this was the end.
  const options = { maxOutputLength, chunkSize: Math.min(maxOutputLength + 1, PIECE_BYTES) }
  try {
    return bytes <= IN_PLACE_BYTES ? gunzipSync(compressed, options) : await decompress(compressed, options)
  } catch {
    return null
  }
}
