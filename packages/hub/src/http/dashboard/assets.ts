import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Handler } from 'hono'

const files = {
  'dashboard.css': 'text/css; charset=utf-8',
  'dashboard.js': 'text/javascript; charset=utf-8',
  'mark.svg': 'image/svg+xml',
} as const

/** Paths of what the pages need besides themselves, and how they are answered. Nothing comes from elsewhere. */
export function createAssets(): readonly (readonly [path: string, handler: Handler])[] {
  return Object.entries(files).map(([name, type]) => {
    const content = readFileSync(new URL(`../../../assets/${name}`, import.meta.url))
    const etag = `"${createHash('sha256').update(content).digest('base64url')}"`
    return [
      `/assets/${name}`,
      (context) => {
        context.header('ETag', etag)
        context.header('Cache-Control', 'no-cache')
        if (context.req.header('If-None-Match') === etag) return context.body(null, 304)
        return context.body(content, 200, { 'Content-Type': type })
      },
    ]
  })
}
