import { createHash, timingSafeEqual } from 'node:crypto'

/** Compares over hashes, so that neither the time taken nor an exception tells how much of it was right. */
export function isSameSecret(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}
