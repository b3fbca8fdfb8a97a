import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import { expandIPv6 } from 'hono/utils/ipaddr'
import { readBody } from '../untrusted/body.ts'

/**
 * The body of a request; see {@link readBody}. Whoever refuses a request whose body was not read to its end closes
 * the connection with the answer, so that the rest is never read.
 *
 * It is read from where it arrives: making a `Request` around it costs more than everything else that is done for a
 * webhook. What is left unread must not end the connection, which still has to carry the answer.
 *
 * @returns Undefined when there is more than `maxBytes`.
 */
export async function readRequestBody(context: Context, maxBytes: number): Promise<Buffer | undefined> {
  const body = incomingOf(context)?.iterator({ destroyOnReturn: false }) ?? context.req.raw.body
  return await readBody(body, context.req.header('Content-Length'), maxBytes)
}

/** The request as Node has it; undefined where there is no server. */
function incomingOf(context: Context): IncomingMessage | undefined {
  return (context.env as { incoming?: IncomingMessage } | undefined)?.incoming
}

/** Of the connection, never of a header: those are chosen by whoever asks. Empty where there is no server. */
export function addressOf(context: Context): string {
  return incomingOf(context)?.socket.remoteAddress ?? ''
}

/**
 * Whose requests count together where there is a limit. With IPv6 a host may take any address of its /64, each time another.
 */
export function sourceOf(context: Context): string {
  const address = addressOf(context)
  // `::ffff:10.0.0.1` is one of IPv4.
  if (!address.includes(':') || address.includes('.')) return address
  const [plain = ''] = address.split('%', 1)
  return expandIPv6(plain).split(':').slice(0, 4).join(':')
}
