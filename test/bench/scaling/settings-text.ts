import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { INLINE_LIMIT_BYTES } from '@vwo-hub/protocol'
import { settingsOfSize } from '../support/settings.ts'

/** Compressed bytes per byte of the settings-files that are published here. */
const COMPRESSION = 0.2

/**
 * A text to publish. Past the inline limit only its compressed size counts, and the campaigns of the bench are more
 * alike than real ones: so much of it is noise that it compresses to a fifth.
 */
export function settingsText(bytes: number, serial: number): string {
  if (bytes <= INLINE_LIMIT_BYTES) return settingsOfSize(bytes, serial)
  // Hexadecimal compresses to a bit more than half.
  const noise = Math.round(bytes * COMPRESSION * 1.65)
  const text = JSON.stringify({ serial, noise: noiseOf(noise), even: '' })
  return JSON.stringify({ serial, noise: noiseOf(noise), even: ' '.repeat(Math.max(0, bytes - text.length)) })
}

function noiseOf(length: number): string {
  const parts: string[] = []
  for (let index = 0; index * 64 < length; index += 1) {
    parts.push(createHash('sha256').update(String(index)).digest('hex'))
  }
  return parts.join('').slice(0, length)
}

/** What is sent for a text: bytes of a message per byte, and compressed bytes per byte. */
export function ratiosOf(text: string): { readonly escaping: number; readonly compression: number } {
  const bytes = Buffer.byteLength(text)
  return {
    escaping: Buffer.byteLength(JSON.stringify(text)) / bytes,
    compression: gzipSync(text).length / bytes,
  }
}
