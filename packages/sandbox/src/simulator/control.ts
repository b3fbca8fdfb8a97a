/**
 * Lets a person, or a program in another language, play VWO with curl.
 *
 * @module
 */
import { isIP } from 'node:net'
import { Hono } from 'hono'
import { z } from 'zod'
import { type Fault, type FaultOrder, faultSchema } from './faults.ts'
import type { SimulatorRequest } from './requests.ts'
import type { WebhookAttempt } from './webhooks.ts'

/** What of the simulator can be controlled over HTTP. */
export interface Controlled {
  readonly requests: readonly SimulatorRequest[]
  readonly attempts: readonly WebhookAttempt[]
  set(settingsFile: string, options: { readonly announce: boolean }): Promise<boolean>
  post(): Promise<boolean>
  fault(order: FaultOrder): void
  faults(): readonly Fault[]
  clearFaults(): void
}

/**
 * `PUT /simulator/settings` (`?announce=false` posts no webhook), `POST /simulator/webhook`,
 * `GET`, `POST` and `DELETE /simulator/faults`, `GET /simulator/requests`.
 */
export function createControl(simulator: Controlled): Hono {
  const control = new Hono().basePath('/simulator')

  control.use(async (context, next) => {
    // The server lets some pass that are none, such as `1.2.3.256`.
    if (!URL.canParse(context.req.url)) {
      const message = 'Expected a host in the header Host, got something else.'
      return context.json({ error: { code: 'request-invalid', message } }, 400)
    }
    const isMeant = isOwnName(new URL(context.req.url).hostname) && !isFromElsewhere(context.req.raw.headers)
    if (isMeant) return await next()
    const message =
      'A page of another site may not act here. Expected localhost or an address, and no other Origin.'
    return context.json({ error: { code: 'forbidden', message } }, 403)
  })

  control.put('/settings', async (context) => {
    const text = await context.req.text()
    const announce = context.req.query('announce') !== 'false'
    // A webhook may take an hour to be accepted: the answer does not wait for it.
    void simulator.set(text, { announce })
    return context.json({ bytes: Buffer.byteLength(text), announced: announce })
  })

  control.post('/webhook', (context) => {
    void simulator.post()
    return context.json({ announced: true }, 202)
  })

  control.get('/faults', (context) => context.json(simulator.faults()))

  control.post('/faults', async (context) => {
    const order = faultSchema.safeParse(await context.req.json().catch(() => undefined))
    if (!order.success) {
      return context.json({ error: { code: 'fault-invalid', message: z.prettifyError(order.error) } }, 400)
    }
    simulator.fault(order.data)
    return context.json(simulator.faults(), 201)
  })

  control.delete('/faults', (context) => {
    simulator.clearFaults()
    return context.json(simulator.faults())
  })

  control.get('/requests', (context) =>
    context.json({
      requests: simulator.requests.map(withoutKey),
      webhooks: simulator.attempts,
    }),
  )

  control.notFound((context) =>
    context.json({ error: { code: 'not-found', message: `No such control: ${context.req.path}` } }, 404),
  )
  return control
}

/** A name of somebody else may resolve to this machine as well. */
function isOwnName(hostname: string): boolean {
  return hostname === 'localhost' || isIP(hostname.replaceAll(/[[\]]/g, '')) !== 0
}

/** By what browsers say of who asks; programs do not. */
function isFromElsewhere(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin' && site !== 'none') return true
  const origin = headers.get('origin')
  return origin !== null && (!URL.canParse(origin) || new URL(origin).host !== headers.get('host'))
}

/** Leaves out what holds the sdkKey: it is VWO's password. */
function withoutKey({ at, endpoint, query, answer }: SimulatorRequest): object {
  const { i, ...rest } = query
  return { at, endpoint, query: i === undefined ? rest : { ...rest, i: '(hidden)' }, answer }
}
