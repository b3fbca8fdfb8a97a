import type { Context } from 'hono'
import type { Published } from '../../environment/meta.ts'
import { type Answer, json } from '../description/operation.ts'

/** Says which revision a response carries; the body is VWO's JSON and has no place for it. */
const revisionHeader = 'VWO-Hub-Revision'

/** How it is described. */
export const settings: Readonly<Record<200 | 304, Answer>> = {
  200: {
    ...json('The settings-file, exactly as VWO sent it.', { type: 'object' }),
    headers: {
      ETag: { description: 'The sha256 of the text, in quotes.', schema: { type: 'string' } },
      [revisionHeader]: { description: 'Which revision it is.', schema: { type: 'string' } },
    },
  },
  304: { description: 'It is the one that `If-None-Match` names.' },
}

/** The settings-file as it is stored, or `304` for a caller that has it already. */
export function settingsResponse(context: Context, { text, revision, meta }: Published): Response {
  const etag = `"${meta.sha256}"`
  context.header('ETag', etag)
  context.header('Cache-Control', 'no-cache')
  context.header(revisionHeader, String(revision))
  if (isKnown(context.req.header('If-None-Match'), etag)) return context.body(null, 304)
  // What the SDK asks for: it refuses any other content type.
  return context.body(text as Uint8Array<ArrayBuffer>, 200, {
    'Content-Type': 'application/json; charset=utf-8',
  })
}

/** @see RFC 9110, 13.1.2: a list of tags or `*`, compared without regard to `W/`. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}
