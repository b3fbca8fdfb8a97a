import type { Context } from 'hono'
import type { Session } from '../access/session.ts'
import { readRequestBody } from '../request-body.ts'

/** Limit for what a form posts. */
export const MAX_FORM_BYTES = 16 * 1024
/** What forms carry is proof of this text. */
const PROVEN = 'form'

/** What a browser posted, by field. */
export type Form = Readonly<Record<string, string>>

/** A form has more than {@link MAX_FORM_BYTES}. */
export class FormTooLarge extends Error {}

/**
 * What a form posted; of two fields with one name the last.
 *
 * @throws {@link FormTooLarge}
 */
export async function formOf(context: Context): Promise<Form> {
  const body = await readRequestBody(context, MAX_FORM_BYTES)
  if (body === undefined) throw new FormTooLarge()
  const type = context.req.header('Content-Type') ?? ''
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return {}
  return Object.fromEntries(new URLSearchParams(body.toString()))
}

/** Proof that a form was made for a session. */
export function formProof(session: Session): string {
  return session.proofOf(PROVEN)
}

/** Whether a form was made for this session. */
export function isOwnForm(session: Session | undefined, form: Form): boolean {
  return session?.isProof(PROVEN, form['csrf'] ?? '') === true
}
