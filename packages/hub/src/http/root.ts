/**
 * Where a listener is as browsers see it: a proxy may serve it under a path of its own (`https://ops.example/vwo-hub/`), which it
 * takes off before it passes a request on. All that is written into answers is relative to what was asked for, so it is right
 * under any path, and nobody has to say which; no header, which others could forge, decides where a link leads.
 *
 * @module
 */
import type { Context } from 'hono'

/** From what was asked for to the root of the listener: `../` for `/environments/prod`. */
export function rootOf(context: Context): string {
  return '../'.repeat(context.req.path.split('/').length - 2) || './'
}

/** From what was asked for to a path of the listener, which begins with a slash. */
export function fromHere(context: Context, path: string): string {
  return rootOf(context) + path.slice(1)
}

/** Longer ones, and others than of plain names, are ignored. */
const prefixes = /^(?=.{1,200}$)(\/[\w.~-]+)+$/

/**
 * To which paths of the host a cookie goes: to all, unless the proxy says under which path this listener is. Whoever claims it
 * falsely only hurts himself.
 *
 * @param path - Of the listener, beginning with a slash.
 */
export function cookiePath(context: Context, path: string): string {
  const prefix = context.req.header('X-Forwarded-Prefix')?.replace(/\/$/, '') ?? ''
  return prefixes.test(prefix) ? prefix + path : path
}
