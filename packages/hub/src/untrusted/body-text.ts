/** A body as text, or why it is none. */
export type BodyText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly why: string }

/** Decodes a body: at most so many bytes, valid UTF-8; a byte order mark at its start is dropped. */
export function readText(body: Uint8Array | string, maxBytes: number): BodyText {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (bytes.length > maxBytes) {
    return {
      ok: false,
      why: `expected at most ${maxBytes} bytes (HUB_MAX_SETTINGS_BYTES), got ${bytes.length}`,
    }
  }
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { ok: false, why: 'expected UTF-8, got bytes that are not' }
  }
}
