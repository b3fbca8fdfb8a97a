import type { Context } from 'hono'
import type { Session } from '../access/session.ts'
import { readRequestBody } from '../request-body.ts'

/** Limit for what a form posts. */
const MAX_FORM_BYTES = 16 * 1024
/** What forms carry is proof of this text. */
const PROVEN = 'form'

/** What a browser posted, by field. */
export type Form = Readonly<Record<string, string>>

/** A form has more than this many bytes. */
export class FormTooLarge extends Error {
  readonly maxBytes: number
  constructor(maxBytes: number) {
    super()
    this.maxBytes = maxBytes
  }
}

async function bodyOf(context: Context, maxBytes: number): Promise<Buffer> {
  const body = await readRequestBody(context, maxBytes)
  if (body === undefined) throw new FormTooLarge(maxBytes)
  return body
}

/**
 * What a form posted; of two fields with one name the last.
 *
 * @throws {@link FormTooLarge} above {@link MAX_FORM_BYTES}
 */
export async function formOf(context: Context): Promise<Form> {
  const body = await bodyOf(context, MAX_FORM_BYTES)
  const type = context.req.header('Content-Type') ?? ''
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return {}
  return Object.fromEntries(new URLSearchParams(body.toString()))
}

/**
 * The same of a form that carries a file, by itself (`file`) or as text (`text`).
 *
 * @param maxBytes - Limit for the file.
 * @returns Neither where it is not such a form.
 * @throws {@link FormTooLarge}
 */
export async function fileFormOf(
  context: Context,
  maxBytes: number,
): Promise<{ readonly posted: Form; readonly file: Buffer | undefined }> {
  const body = await bodyOf(context, maxBytes + MAX_FORM_BYTES)
  const type = context.req.header('Content-Type') ?? ''
  const isFileForm = /^multipart\/form-data\b/i.test(type)
  const reading = isFileForm && new Response(body, { headers: { 'Content-Type': type } }).formData()
  const data = reading ? await reading.catch(() => new FormData()) : new FormData()
  const posted: Record<string, string> = {}
  for (const [name, value] of data) if (typeof value === 'string' && name !== 'text') posted[name] = value
  const chosen = data.get('file')
  const text = data.get('text')
  if (chosen instanceof File && chosen.size > 0) return { posted, file: withPlainLines(await chosen.bytes()) }
  const isText = typeof text === 'string' && text.trim() !== ''
  return { posted, file: isText ? withPlainLines(Buffer.from(text)) : undefined }
}

/** Browsers end each line of a field by two characters: what was chosen as a file and comes back as text is still the same. */
function withPlainLines(bytes: Uint8Array): Buffer {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return Buffer.from(latin1.replaceAll(/\r\n?/g, '\n'), 'latin1')
}

/** Proof that a form was made for a session. */
export function formProof(session: Session): string {
  return session.proofOf(PROVEN)
}

/** Whether a form was made for this session. */
export function isOwnForm(session: Session | undefined, form: Form): boolean {
  return session?.isProof(PROVEN, form['csrf'] ?? '') === true
}
