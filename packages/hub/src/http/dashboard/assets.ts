import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { as, open } from '../description/operation.ts'
import { get, type Route } from '../description/route.ts'

const files = [
  ['style', 'dashboard.css', 'text/css'],
  ['script', 'dashboard.js', 'text/javascript'],
  ['mark', 'mark.svg', 'image/svg+xml'],
] as const

/** What the pages need besides themselves. Nothing comes from elsewhere. */
export function createAssetRoutes(): Route[] {
  return files.map(([operationId, name, type]) => {
    const content = readFileSync(new URL(`../../../assets/${name}`, import.meta.url))
    const etag = `"${createHash('sha256').update(content).digest('base64url')}"`
    return get(
      `/assets/${name}`,
      {
        operationId,
        summary: 'Needed by every page',
        tags: ['page'],
        ...open,
        responses: { 200: as(type, 'The file.'), 304: { description: 'As before.' } },
      },
      (context) => {
        context.header('ETag', etag)
        context.header('Cache-Control', 'no-cache')
        if (context.req.header('If-None-Match') === etag) return context.body(null, 304)
        return context.body(content, 200, { 'Content-Type': type.replace(/^text\/.*/, '$&; charset=utf-8') })
      },
    )
  })
}
