import type { Dispatcher } from 'undici'
import type { ProxyConfig } from '../config/hub-config.ts'
import { proxyFor } from '../config/proxy.ts'
import { createDirectTransport } from './direct-transport.ts'
import type { Transport } from './transport.ts'

/** How VWO is reached: straight, or by a proxy. */
export interface VwoTransport extends Transport {
  /** Host and port of the proxy, for messages; undefined where there is none. */
  readonly proxy: string | undefined
}

/** @param target - What is reached on it. */
export function createVwoTransport(target: URL, proxies: ProxyConfig | undefined): VwoTransport {
  const proxy = proxyFor(target, proxies)
  if (proxy === undefined) return { proxy, ...createDirectTransport(target) }
  let agent: Promise<Dispatcher> | undefined
  let isClosed = false

  // Loaded when it is needed: most hubs have no proxy, and start sooner without.
  async function openAgent(uri: URL): Promise<Dispatcher> {
    const { ProxyAgent } = await import('undici')
    // Like other programs: what is not encrypted is asked of the proxy itself, without a tunnel.
    return new ProxyAgent({ uri: uri.href, proxyTunnel: target.protocol === 'https:' })
  }

  return {
    proxy: proxy.host,
    // Agent and fetch have to be of one version of undici, which that of Node is not.
    async ask(url, question) {
      const { fetch: fetchBy } = await import('undici')
      agent ??= openAgent(proxy)
      const dispatcher = await agent
      if (isClosed) throw new Error('the transport is closed')
      const { status, headers, body } = await fetchBy(url, { ...question, redirect: 'manual', dispatcher })
      return {
        status,
        header: (name) => headers.get(name) ?? undefined,
        body: body ?? nothing(),
        end: () => void body?.cancel().catch(() => {}),
      }
    },
    close() {
      isClosed = true
      agent?.then((opened) => opened.destroy()).catch(() => {})
    },
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
