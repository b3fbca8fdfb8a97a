import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** The code in an error's body, for programs to branch on. */
export type ErrorCode =
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'request-invalid'
  /** A webhook that is none, and one that is larger than any. */
  | 'malformed'
  | 'too-large'
  /** A settings-file that was given does not pass the check. */
  | 'settings-refused'
  /** Too many wrong tokens, keys or secrets. */
  | 'too-many-requests'
  /** An act that cannot be done as things are. */
  | 'not-possible'
  /** Settings of a product that the caller has not said it can read. */
  | 'other-product'
  /** What is published under this name is of another account or sdkKey. */
  | 'foreign'
  /** An environment without settings, or cut from Redis for long. */
  | 'not-ready'
  /** Takes what comes, and is to get no more. */
  | 'closing'
  | 'too-many-listeners'
  /** It took too long to find out. */
  | 'timeout'
  | 'redis-unreachable'
  | 'internal'

/** `{ "error": { "code", "message" } }` */
export function failure(
  context: Context,
  status: ContentfulStatusCode,
  code: ErrorCode,
  message: string,
): Response {
  return context.json({ error: { code, message } }, status)
}
