import { z } from 'zod'
import { HubError } from '../errors.ts'
import { parseJson } from '../untrusted/json.ts'

/** How many users there are unless given. */
export const DEFAULT_USERS = 10_000
const MOST_USERS = 1_000_000

/** Variables of a user, as an app passes them to the SDK. */
export type CustomVariables = Readonly<Record<string, string>>

/** What else an app of FME passes of a user in the context: where it is, and with what. FullStack knows none of it. */
export interface UserContext {
  readonly ipAddress?: string
  readonly userAgent?: string
  /** What a gateway service would find out of the two. */
  readonly _vwo?: { readonly location?: object; readonly userAgent?: object }
}

/** What an app passes of a user besides the id. */
export interface Given {
  readonly customVariables?: CustomVariables | undefined
  readonly variationTargetingVariables?: CustomVariables | undefined
  /** FullStack knows none. */
  readonly context?: UserContext | undefined
}

/** Somebody to decide for. Who is given with nothing gets values that fit a segment, as far as they can be made. */
export interface User extends Given {
  readonly id: string
}

/** The same each time, so that two previews of the same settings agree. */
export function syntheticUsers(count: number = DEFAULT_USERS): User[] {
  return Array.from({ length: count }, (_, index) => ({ id: `user-${index + 1}` }))
}

const variables = z.record(z.string(), z.unknown()).transform((values) => values as CustomVariables)
const part = z.record(z.string(), z.unknown())
const contextSchema = z
  .strictObject({
    ipAddress: z.string().optional(),
    userAgent: z.string().optional(),
    _vwo: z.strictObject({ location: part.optional(), userAgent: part.optional() }).optional(),
  })
  .transform((given) => given as UserContext)
const userSchema = z
  .strictObject({
    user: z.string().min(1),
    customVariables: variables.optional(),
    variationTargetingVariables: variables.optional(),
    context: contextSchema.optional(),
  })
  .transform(({ user, ...given }): User => ({ id: user, ...given }))

/**
 * Reads users, one a line: an id, or an object of JSON with `user` and, where the app passes them, `customVariables`
 * and `variationTargetingVariables`; of FME `context`, too.
 *
 * @throws {@link HubError} `not-possible`, naming the line.
 */
export function readUsers(text: string): User[] {
  const users = text.split('\n').flatMap((line, index) => {
    const trimmed = line.trim()
    if (trimmed === '') return []
    if (!trimmed.startsWith('{')) return [{ id: trimmed }]
    const json = parseJson(trimmed)
    const { data } = userSchema.safeParse(json.ok ? json.value : undefined)
    if (data !== undefined) return [data]
    throw new HubError(
      'not-possible',
      `Cannot read the users: line ${index + 1}: expected an id, or {"user": "<id>", "customVariables": {…}, "variationTargetingVariables": {…}}.`,
    )
  })
  if (users.length > 0 && users.length <= MOST_USERS) return users
  throw new HubError(
    'not-possible',
    `Cannot read the users: expected 1 to ${MOST_USERS}, one a line, got ${users.length}.`,
  )
}
