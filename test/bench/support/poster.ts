import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { webhookSecret } from './hub.ts'

const agent = new Agent({ keepAlive: true })

/** Posts a webhook over a connection that stays open, and waits for the answer. */
export async function postWebhook(url: string): Promise<void> {
  const posted = request(url, { method: 'POST', agent, headers: { 'x-vwo-auth': webhookSecret } })
  posted.end('{"event":"settings_changed"}')
  const [answer] = (await once(posted, 'response')) as [IncomingMessage]
  answer.resume()
  await once(answer, 'end')
  if (answer.statusCode !== 200) throw new Error(`expected 200, got ${answer.statusCode}`)
}
