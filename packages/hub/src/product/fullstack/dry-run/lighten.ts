/**
 * Takes from a copy of the SDK what takes most of a decision's time and is of no use here: messages that nobody sees, and
 * the same id of a user, and the namespace of the account, computed again for each decision and event.
 *
 * @see vwo-node-sdk 1.73.0 `lib/utils/LogMessageUtil.js`, `UuidUtil.js`, `ImpressionUtil.js`
 * @module
 */

/** So many ids are remembered: more than a preview has users unless told, each of whom it asks for again with the next campaign. */
const REMEMBERED = 20_000

/** @param inside - Gives the modules of that copy. One that is made otherwise is slower, and no other. */
export function lighten(inside: (path: string) => unknown): void {
  for (const step of [buildErrorsAlone, rememberIds, leaveEventsUnwritten]) {
    try {
      step(inside)
    } catch {
      // It has no such module.
    }
  }
}

function buildErrorsAlone(inside: (path: string) => unknown): void {
  const messages = inside('utils/LogMessageUtil') as { build: (template: string, data: object) => string }
  const { LogMessageEnum } = inside('services/logging/index') as {
    readonly LogMessageEnum: Readonly<Record<string, Readonly<Record<string, string>>>>
  }
  const errors = new Set(Object.values(LogMessageEnum['ERROR_MESSAGES'] ?? {}))
  const { build } = messages
  messages.build = (template, data) => (errors.has(template) ? build(template, data) : '')
}

function rememberIds(inside: (path: string) => unknown): void {
  const uuids = inside('utils/UuidUtil') as {
    generate: (name: string, namespace: string) => string | undefined
  }
  const { generate } = uuids
  const known = new Map<string, string | undefined>()
  // First for the account, then for the user in it.
  uuids.generate = (name, namespace) => {
    const key = `${namespace} ${name}`
    const found = known.get(key)
    if (found !== undefined) return found
    if (known.size >= REMEMBERED) known.clear()
    const id = generate(name, namespace)
    known.set(key, id)
    return id
  }
}

function leaveEventsUnwritten(inside: (path: string) => unknown): void {
  const events = inside('utils/ImpressionUtil') as { _getStringifiedLogProperties: (event: object) => string }
  events._getStringifiedLogProperties = () => ''
}
