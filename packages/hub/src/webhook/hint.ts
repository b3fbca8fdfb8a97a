import { z } from 'zod'
import { kindOf } from '../issue.ts'
import { parseJson } from '../json.ts'

/** VWO's body as far as a log line repeats it; `event` and everything else may be anything. */
const bodySchema = z.looseObject({ action: z.string().optional().catch(undefined) })

/** What a webhook says. */
export type Hint =
  | { readonly kind: 'hint'; readonly action: string | undefined }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'malformed'; readonly got: string }

/** Reads a webhook's body, and of one that is too large no more than shows it. */
export async function readHint(request: Request, maxBytes: number): Promise<Hint> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return { kind: 'too-large' }
  let text: string | undefined
  try {
    text = await readText(request, maxBytes)
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
async function readText({ body }: Request, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
