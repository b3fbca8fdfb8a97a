import type { Context } from 'hono'
import type { Published } from '../../environment/meta.ts'

/** Says which revision a response carries; the body is VWO's JSON and has no place for it. */
const revisionHeader = 'VWO-Hub-Revision'

/** The settings-file as it is stored, or `304` for a caller that has it already. */
export function settingsResponse(context: Context, { text, revision, meta }: Published): Response {
  const etag = `"${meta.sha256}"`
  context.header('ETag', etag)
  context.header('Cache-Control', 'no-cache')
  context.header(revisionHeader, String(revision))
  if (isKnown(context.req.header('If-None-Match'), etag)) return context.body(null, 304)
  // What the SDK asks for: it refuses any other content type.
  return context.body(text, 200, { 'Content-Type': 'application/json; charset=utf-8' })
}

/** @see RFC 9110, 13.1.2: a list of tags or `*`, compared without regard to `W/`. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}
