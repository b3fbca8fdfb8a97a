/**
 * What can be wrong with VWO, on purpose.
 *
 * @module
 */
import { z } from 'zod'

/** `pull` is asked after a webhook, also by what follows one; `settings` otherwise. */
const endpointSchema = z.enum(['settings', 'pull'])

export type Endpoint = z.infer<typeof endpointSchema>

const milliseconds = z.number().int().nonnegative()
const bytes = z.number().int().positive()

const scope = {
  /** Default: both. */
  endpoint: endpointSchema.optional(),
  /** How many requests it concerns. Default: all, until cleared. */
  times: z.number().int().positive().optional(),
}

export const faultSchema = z.discriminatedUnion('kind', [
  /** The right answer, late. */
  z.strictObject({ kind: z.literal('delay'), delayMs: milliseconds, ...scope }),
  /** Another status, by default with an error body of VWO's form. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.number().int().min(200).max(599),
    body: z.string().optional(),
    /** Sent as `Retry-After`: seconds, or a date of HTTP. */
    retryAfter: z.string().optional(),
    ...scope,
  }),
  /** The connection ends before the announced length has arrived; by default after half of it. */
  z.strictObject({ kind: z.literal('truncation'), bytes: bytes.optional(), ...scope }),
  /** Status 200, but not JSON: by default a maintenance page. */
  z.strictObject({
    kind: z.literal('content-type'),
    contentType: z.string().default('text/html; charset=utf-8'),
    body: z.string().default('<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>'),
    ...scope,
  }),
  /** The request is accepted and never answered. */
  z.strictObject({ kind: z.literal('hang'), ...scope }),
  /** The right answer, a few bytes at a time: each of them in time, the whole not. */
  z.strictObject({
    kind: z.literal('drip'),
    bytes: bytes.default(1),
    everyMs: milliseconds.default(20),
    ...scope,
  }),
  /** A valid settings-file that is small on the wire and this large once decompressed. */
  z.strictObject({ kind: z.literal('gzip-bomb'), bytes: bytes.default(50_000_000), ...scope }),
  /** The settings-file, but with the accountId of somebody else. */
  z.strictObject({ kind: z.literal('other-account'), accountId: z.number().default(999_999), ...scope }),
  /** A valid settings-file of at least this length. */
  z.strictObject({ kind: z.literal('oversized'), bytes: bytes.default(3_000_000), ...scope }),
  /** The settings-file as it was before it was last changed: an edge that does not have the change yet. */
  z.strictObject({ kind: z.literal('outdated'), ...scope }),
  /** The connection is reset before anything is answered. */
  z.strictObject({ kind: z.literal('reset'), ...scope }),
])

/** A fault with its defaults filled in. */
export type Fault = z.output<typeof faultSchema>

/** A fault as one orders it. */
export type FaultOrder = z.input<typeof faultSchema>

/** The faults that are in force, the oldest first. */
export interface FaultPlan {
  /** @returns Takes this fault back. */
  readonly add: (order: FaultOrder) => () => void
  /** The fault for the next request to this endpoint, counted as used. */
  readonly take: (endpoint: Endpoint) => Fault | undefined
  readonly list: () => readonly Fault[]
  readonly clear: () => void
}

export function createFaultPlan(): FaultPlan {
  let planned: { fault: Fault; left: number }[] = []
  return {
    add(order) {
      const fault = faultSchema.parse(order)
      const entry = { fault, left: fault.times ?? Infinity }
      planned.push(entry)
      return () => {
        planned = planned.filter((other) => other !== entry)
      }
    },
    take(endpoint) {
      const entry = planned.find(({ fault }) => fault.endpoint === undefined || fault.endpoint === endpoint)
      if (entry === undefined) return undefined
      entry.left -= 1
      planned = planned.filter(({ left }) => left > 0)
      return entry.fault
    },
    list: () =>
      planned.map(({ fault, left }) => Object.assign({}, fault, left < Infinity && { times: left })),
    clear() {
      planned = []
    },
  }
}
