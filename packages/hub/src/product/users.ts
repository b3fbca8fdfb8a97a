import { z } from 'zod'
import { HubError } from '../errors.ts'
import { parseJson } from '../untrusted/json.ts'

/** How many users there are unless given. */
const DEFAULT_USERS = 10_000
const MOST_USERS = 1_000_000

/** Variables of a user, as an app passes them to the SDK. */
export type CustomVariables = Readonly<Record<string, string>>

/** Somebody to decide for. */
export interface User {
  readonly id: string
  /** What the app would pass. Default: values that fit a segment, as far as they can be made. */
  readonly customVariables?: CustomVariables
  readonly variationTargetingVariables?: CustomVariables
}

/** The same each time, so that two previews of the same settings agree. */
export function syntheticUsers(count: number = DEFAULT_USERS): User[] {
  return Array.from({ length: count }, (_, index) => ({ id: `user-${index + 1}` }))
}

const variables = z.record(z.string(), z.unknown()).transform((values) => values as CustomVariables)
const userSchema = z
  .strictObject({
    user: z.string().min(1),
    customVariables: variables.optional(),
    variationTargetingVariables: variables.optional(),
  })
  .transform(({ user, customVariables, variationTargetingVariables }) => ({
    id: user,
    ...(customVariables && { customVariables }),
    ...(variationTargetingVariables && { variationTargetingVariables }),
  }))

/**
 * Reads users, one a line: an id, or an object of JSON with `user` and, where the app passes them, `customVariables`
 * and `variationTargetingVariables`.
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
