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

/** A request's body, in pieces. */
export type Body = AsyncIterable<Uint8Array> | null

/**
 * Reads a webhook's body, and of one that is too large no more than shows it.
 *
 * @param announcedBytes - The header `content-length`.
 */
export async function readHint(
  body: Body,
  announcedBytes: string | undefined,
  maxBytes: number,
): Promise<Hint> {
  if (Number(announcedBytes ?? 0) > maxBytes) return { kind: 'too-large' }
  let text: string | undefined
  try {
    text = await readText(body, maxBytes)
  } catch {
    return { kind: 'malformed', got: 'a body that was cut off' } // Nobody is left to read the answer.
  }
  if (text === undefined) return { kind: 'too-large' }
  if (text.trim() === '') return { kind: 'malformed', got: 'an empty body' }
  const json = parseJson(text)
  if (!json.ok) return { kind: 'malformed', got: `something else ${json.place}` }
  const { data } = bodySchema.safeParse(json.value)
  if (data === undefined) return { kind: 'malformed', got: kindOf(json.value) }
  return { kind: 'hint', action: data.action }
}

/** @returns Undefined as soon as it is longer than the limit. */
async function readText(body: Body, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
