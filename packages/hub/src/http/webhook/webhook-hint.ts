import { z } from 'zod'
import { kindOf } from '../../untrusted/issue.ts'
import { parseJson } from '../../untrusted/json.ts'

/** VWO's body as far as a log line repeats it; `event` and everything else may be anything. */
const bodySchema = z.looseObject({ action: z.string().optional().catch(undefined) })

/** What a webhook says. */
export type Hint =
  | { readonly kind: 'hint'; readonly action: string | undefined }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'malformed'; readonly got: string }

/**
 * Takes a webhook's body for what it says.
 *
 * @param read - Reads it; undefined when it is too large.
 */
export async function readHint(read: () => Promise<Buffer | undefined>): Promise<Hint> {
  let body: Buffer | undefined
  try {
    body = await read()
  } catch {
    return { kind: 'malformed', got: 'a body that was cut off' } // Nobody is left to read the answer.
  }
  if (body === undefined) return { kind: 'too-large' }
  const text = body.toString()
  // VWO sends one; what tries the URL by hand, or passes it on, may not. The secret is what counts.
  if (text.trim() === '') return { kind: 'hint', action: undefined }
  const json = parseJson(text)
  if (!json.ok) return { kind: 'malformed', got: `something else ${json.place}` }
  const { data } = bodySchema.safeParse(json.value)
  if (data === undefined) return { kind: 'malformed', got: kindOf(json.value) }
  return { kind: 'hint', action: data.action }
}
