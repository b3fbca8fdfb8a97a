import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ClientError, Following } from '@vwo-hub/client'
import { sha256Of, type ProductName } from '@vwo-hub/protocol'

/** What gives apps without Redis the texts of a test, one after the other: a hub has proven them, as far as they know. */
export interface HubOfTexts extends AsyncDisposable {
  /** The option by which a client follows it. */
  readonly hub: { readonly url: string }
  /** Has the client follow to this text. Rejects with what the client says where it does not. */
  swap(client: Pick<Following, 'on' | 'off'>, text: string): Promise<void>
  close(): void
}

/**
 * @param first - What it has at the beginning.
 * @param product - Whose texts these are.
 */
export async function startHubOfTexts(
  first: string,
  product: ProductName = 'fullstack',
): Promise<HubOfTexts> {
  let [text, revision] = [first, 1]
  /** Those that have what there is, and wait for something else. */
  const waiting = new Map<ServerResponse, NodeJS.Timeout>()
  const answer = (response: ServerResponse, after: number): void => {
    clearTimeout(waiting.get(response))
    waiting.delete(response)
    const told = { 'vwo-hub-revision': String(revision), 'vwo-hub-product': product }
    if (after >= revision) response.writeHead(304, told).end()
    else response.writeHead(200, { ...told, etag: `"${sha256Of(text)}"` }).end(text)
  }
  const server = createServer(({ url = '' }, response) => {
    const { searchParams } = new URL(url, 'http://hub')
    const [after, waitMs] = ['after', 'waitMs'].map((name) => Number(searchParams.get(name))) as [
      number,
      number,
    ]
    if (after < revision || waitMs === 0) answer(response, after)
    else
      waiting.set(
        response,
        setTimeout(() => answer(response, after), waitMs),
      )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  async function swap(client: Pick<Following, 'on' | 'off'>, next: string): Promise<void> {
    const before = revision
    const listeners: { update?: () => void; error?: (error: ClientError) => void } = {}
    const isTaken = new Promise<void>((resolve, reject) => {
      client.on('update', (listeners.update = () => resolve()))
      client.on('error', (listeners.error = reject))
    })
    ;[text, revision] = [next, before + 1]
    for (const response of [...waiting.keys()]) answer(response, before)
    await isTaken.finally(() => {
      if (listeners.update) client.off('update', listeners.update)
      if (listeners.error) client.off('error', listeners.error)
    })
  }

  function close(): void {
    for (const timer of waiting.values()) clearTimeout(timer)
    server.closeAllConnections()
    server.close()
  }

  return {
    hub: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    swap,
    close,
    [Symbol.asyncDispose]: async () => close(),
  }
}
