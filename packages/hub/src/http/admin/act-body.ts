import type { Context } from 'hono'
import type { z } from 'zod'
import { HubError } from '../../errors.ts'
import { explainIssue } from '../../untrusted/issue.ts'
import { parseJson } from '../../untrusted/json.ts'
import { readRequestBody } from '../request-body.ts'

/** Limit for a body. */
const MAX_BYTES = 4096

/**
 * Reads what an act is asked for with. No body at all is an empty object.
 *
 * @throws {@link HubError} `request-invalid`, naming the place.
 */
export async function readActBody<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  const refuse = (why: string): HubError =>
    new HubError('request-invalid', `The body of the request: ${why}. Nothing was changed.`)
  const body = await readRequestBody(context, MAX_BYTES).catch(() => {
    throw refuse('expected all of it, got one that was cut off')
  })
  if (body === undefined) {
    context.header('Connection', 'close')
    throw refuse(`expected at most ${MAX_BYTES} bytes, got more`)
  }
  // A form of another site cannot send this type without asking first.
  if (body.length > 0 && !/^application\/json\b/i.test(context.req.header('Content-Type') ?? '')) {
    throw refuse('expected it as application/json')
  }
  const json = body.length === 0 ? ({ ok: true, value: {} } as const) : parseJson(body.toString())
  if (!json.ok) throw refuse(`expected JSON, got something else ${json.place}`)
  const { data, error } = schema.safeParse(json.value, { reportInput: true })
  if (error === undefined) return data
  throw refuse(error.issues.map((issue) => explainIssue(issue).replace(/^the file: /, '')).join('; '))
}
