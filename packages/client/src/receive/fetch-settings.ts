import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { INLINE_LIMIT_BYTES, LARGEST_SETTINGS_BYTES, sha256Of, type Keys } from '@vwo-hub/protocol'
import type { Redis } from 'ioredis'

const decompress = promisify(gunzip)

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
  return decompress(compressed, { maxOutputLength }).catch(() => null)
}
