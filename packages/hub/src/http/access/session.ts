import { createHmac, randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie'
import type { EndedSessions } from '../../environment/ended-sessions.ts'
import { cookiePath } from '../root.ts'
import { isSameSecret } from './secret.ts'

/** How long a login lasts, in milliseconds. */
const SESSION_MS = 12 * 3_600_000
/** So many ended ones are remembered here, those that ended longest ago leave first; in Redis all of them are. */
const MOST_ENDED = 10_000

/** One browser that has shown the admin token, or, where there is none, one that has opened a page. */
export interface Session {
  /** Shows that a text was written for this session by a hub: what forms carry so that other sites cannot post them. */
  proofOf(text: string): string
  isProof(text: string, proof: string): boolean
}

export interface Sessions {
  /** The session that a request belongs to; undefined when it has none, or one that is over or was forged. */
  find(context: Context): Promise<Session | undefined>
  /** Begins one, and gives the browser its cookie. */
  begin(context: Context): Promise<Session>
  /** Ends the one that a request belongs to, at every hub, and takes the cookie away. */
  end(context: Context): Promise<void>
}

/**
 * Sessions need no memory: the cookie is signed, so every hub with the same token knows it, and it survives a restart.
 * Another token ends all of them. What is remembered is those that were ended before their time, by their cookie's value:
 * whoever has a copy of it is out, too.
 *
 * @param tokenNow - The admin token. Without one sessions only tell this hub's own pages from those of other sites.
 * @param shared - Where hubs tell each other of those. While it does not answer each knows only its own.
 * @param onEnded - Called when one was ended here.
 */
export function createSessions(
  tokenNow: () => string | undefined,
  shared?: EndedSessions,
  onEnded: () => void = () => {},
  mostEnded: number = MOST_ENDED,
): Sessions {
  const ended = new Map<string, number>()
  const own = randomBytes(32).toString('hex')
  const keyNow = (): string => {
    const token = tokenNow()
    return token === undefined
      ? own
      : createHmac('sha256', token).update('vwo-hub dashboard session').digest('hex')
  }

  function sessionOf(id: string, key: string): Session {
    const proofOf = (text: string): string =>
      createHmac('sha256', key)
        .update(JSON.stringify([id, text]))
        .digest('base64url')
    return { proofOf, isProof: (text, proof) => isSameSecret(proof, proofOf(text)) }
  }

  async function isEnded(id: string): Promise<boolean> {
    return ended.has(id) || (await shared?.has(id).catch(() => false)) === true
  }

  async function read(context: Context, key: string) {
    const value = await getSignedCookie(context, key, cookieName(context))
    const [id, until] = value ? value.split('.') : []
    const leftMs = Number(until) - Date.now()
    return id !== undefined && leftMs > 0 ? { id, leftMs } : undefined
  }

  return {
    async find(context) {
      const key = keyNow()
      const { id } = (await read(context, key)) ?? {}
      return id !== undefined && !(await isEnded(id)) ? sessionOf(id, key) : undefined
    },
    async begin(context) {
      const key = keyNow()
      const id = randomBytes(16).toString('hex')
      await setSignedCookie(context, cookieName(context), `${id}.${Date.now() + SESSION_MS}`, key, {
        path: cookiePath(context, '/'),
        httpOnly: true,
        sameSite: 'Strict',
        secure: isSecure(context),
      })
      return sessionOf(id, key)
    },
    async end(context) {
      deleteCookie(context, cookieName(context), { path: cookiePath(context, '/') })
      const session = await read(context, keyNow())
      if (session === undefined) return
      const now = Date.now()
      for (const [id, until] of ended) if (until < now) ended.delete(id)
      ended.set(session.id, now + session.leftMs)
      if (ended.size > mostEnded) ended.delete(ended.keys().next().value ?? '')
      onEnded()
      await shared?.add(session.id, session.leftMs).catch(() => {})
    },
  }
}

/** Browsers keep one jar for all ports of a host: hubs side by side must not take each other's session. */
function cookieName(context: Context): string {
  return `vwo-hub-session-${new URL(context.req.url).port || 'default'}`
}

/** A proxy in front that takes the TLS off says so; whoever claims it falsely only hurts himself. */
export function isSecure(context: Context): boolean {
  return new URL(context.req.url).protocol === 'https:' || context.req.header('X-Forwarded-Proto') === 'https'
}
