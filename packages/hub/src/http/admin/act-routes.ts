import type { Context } from 'hono'
import { z } from 'zod'
import { type Actor, DEFAULT_PIN_MS, PIN_LIMITS_MS } from '../../operate/acts.ts'
import type { Log } from '../../log/log.ts'
import { readBody } from './act-body.ts'
import { fromRedis } from './from-redis.ts'
import type { EnvironmentView } from './hub-view.ts'

const actor = {
  as: z.string().min(1, 'a name of 1 to 80 characters').max(80, 'a name of 1 to 80 characters').optional(),
  reason: z.string().max(300, 'at most 300 characters').optional(),
}
const pinLength = `an integer from ${PIN_LIMITS_MS.least} to ${PIN_LIMITS_MS.most} (milliseconds)`
const pinMs = z.int(pinLength).min(PIN_LIMITS_MS.least, pinLength).max(PIN_LIMITS_MS.most, pinLength)
const revisionName = 'a revision as a number, or a name of it as text'

const rollbackBody = z.strictObject({
  revision: z
    .union([z.int().positive(), z.string().min(1).max(40)], { error: revisionName })
    .transform(String)
    .optional(),
  pinForMs: z.union([z.literal(0), pinMs], { error: `${pinLength}, or 0 (no pin)` }).default(DEFAULT_PIN_MS),
  ...actor,
})
const pinBody = z.strictObject({ forMs: pinMs, ...actor })
const unpinBody = z.strictObject(actor)
const releaseBody = z.strictObject({
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a sha256 in hexadecimal')
    .optional(),
  ...actor,
})

/** What each act takes, by its name. */
export const actBodies = {
  rollback: rollbackBody,
  pin: pinBody,
  unpin: unpinBody,
  release: releaseBody,
} as const

type Act = (context: Context, environment: EnvironmentView) => Promise<Response>

/** What people do, over HTTP: `POST /v1/environments/<environment>/<name of the act>` with a body of JSON. */
export function createActHandlers(log: Log): Readonly<Record<string, Act>> {
  const noted = (environment: EnvironmentView, act: string, who: Actor, fields: object): object => {
    const { name } = environment.config
    log.warn({ environment: name, as: who.as, reason: who.reason, ...fields }, act)
    return { environment: name, ...fields }
  }

  return {
    async rollback(context, environment) {
      const { revision, pinForMs, ...body } = await readBody(context, rollbackBody)
      const who = actorOf(body)
      const done = await fromRedis(async () => {
        const plan = await environment.acts.planRollback(revision)
        return await environment.acts.rollback(plan, { ...who, pinForMs })
      })
      return context.json(noted(environment, 'rolled back', who, done))
    },
    async pin(context, environment) {
      const { forMs, ...body } = await readBody(context, pinBody)
      const who = actorOf(body)
      const done = await fromRedis(() => environment.acts.pin({ ...who, forMs }))
      return context.json(noted(environment, 'pinned', who, done))
    },
    async unpin(context, environment) {
      const who = actorOf(await readBody(context, unpinBody))
      const done = await fromRedis(() => environment.acts.unpin(who))
      return context.json(noted(environment, 'unpinned', who, done), 202)
    },
    async release(context, environment) {
      const { sha256, ...body } = await readBody(context, releaseBody)
      const who = actorOf(body)
      const done = await fromRedis(() => environment.acts.release({ ...who, sha256 }))
      return context.json(noted(environment, 'released', who, done), 202)
    },
  }
}

function actorOf({
  as = 'admin API',
  reason,
}: {
  as?: string | undefined
  reason?: string | undefined
}): Actor {
  return { as, reason }
}
