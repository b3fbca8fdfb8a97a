import { z } from 'zod'
import { plainText } from '../text/plain-text.ts'
import { createRedact } from '../text/redact.ts'
import { type Body, readBody } from '../untrusted/body.ts'

/** As much of an error's body as is read. */
const MAX_BYTES = 2048

/** Every error of VWO: `{"message":"Invalid api key"}`. */
const bodySchema = z.object({ message: z.string() })

/**
 * What VWO says about a request that it refuses, for the end of a sentence.
 *
 * @returns Its words in quotation marks, without the sdkKey; nothing when it does not say.
 */
export async function explainRefusal(body: Body, sdkKey: string): Promise<string> {
  const { data } = bodySchema.safeParse(await parsedBody(body))
  if (data === undefined) return ''
  return `, "${plainText(createRedact([sdkKey])(data.message), 200)}": check accountId and sdkKey`
}

async function parsedBody(body: Body): Promise<unknown> {
  try {
    const content = await readBody(body, null, MAX_BYTES)
    return content === undefined ? undefined : JSON.parse(content.toString())
  } catch {
    // The status says enough.
    return undefined
  }
}
