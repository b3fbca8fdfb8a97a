import type { Context } from 'hono'
import type { z } from 'zod'
import { HubError } from '../../errors.ts'
import { explainIssue } from '../../untrusted/issue.ts'
import { parseJson } from '../../untrusted/json.ts'

/** Limit for a body, in characters. */
const LONGEST = 4096

/**
 * Reads what an act is asked for with. No body at all is an empty object.
 *
 * @throws {@link HubError} `request-invalid`, naming the place.
 */
export async function readBody<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  const refuse = (why: string): HubError =>
    new HubError('request-invalid', `The body of the request: ${why}. Nothing was changed.`)
  const announced = Number(context.req.header('Content-Length') ?? 0)
  if (announced > LONGEST) throw refuse(`expected at most ${LONGEST} bytes, got ${announced}`)
  const text = await context.req.text()
  if (text.length > LONGEST) throw refuse(`expected at most ${LONGEST} characters, got more`)
  // A form of another site cannot send this type without asking first.
  if (text !== '' && !/^application\/json\b/i.test(context.req.header('Content-Type') ?? '')) {
    throw refuse('expected it as application/json')
  }
  const json = text === '' ? ({ ok: true, value: {} } as const) : parseJson(text)
  if (!json.ok) throw refuse(`expected JSON, got something else ${json.place}`)
  const { data, error } = schema.safeParse(json.value, { reportInput: true })
  if (error === undefined) return data
  throw refuse(error.issues.map((issue) => explainIssue(issue).replace(/^the file: /, '')).join('; '))
}
