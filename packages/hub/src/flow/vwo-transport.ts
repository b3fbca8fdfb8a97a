import { BlockList, isIP } from 'node:net'
import type { Dispatcher } from 'undici'
import type { ProxyConfig } from '../config/hub-config.ts'
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

/** The proxy that a URL is reached by, as curl would have it. */
function proxyFor(target: URL, proxies: ProxyConfig | undefined): URL | undefined {
  const uri = target.protocol === 'https:' ? proxies?.https : proxies?.http
  if (uri === undefined || proxies?.except.some((entry) => covers(entry, target)) === true) return undefined
  return new URL(uri)
}

/** Whether an entry of `NO_PROXY` (`*`, a host, a domain, an address or a range of them, each with a port or without) is about a URL. */
function covers(entry: string, target: URL): boolean {
  if (entry === '*') return true
  const host = target.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const [, bracketed, plain = entry, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? []
  const own = target.port || (target.protocol === 'https:' ? '443' : '80')
  if (port !== undefined && port !== own) return false
  const name = (bracketed ?? plain).toLowerCase().replace(/^\*?\./, '')
  if (isIP(host) !== 0) return isIn(host, name)
  return host === name || host.endsWith(`.${name}`)
}

function isIn(address: string, range: string): boolean {
  const family = (text: string) => (isIP(text) === 6 ? 'ipv6' : 'ipv4')
  const [start = '', bits] = range.split('/')
  if (isIP(start) === 0 || isIP(start) !== isIP(address)) return false
  const most = isIP(start) === 6 ? 128 : 32
  const length = bits === undefined ? most : Number(bits)
  if (!Number.isInteger(length) || length < 0 || length > most) return false
  const list = new BlockList()
  list.addSubnet(start, length, family(start))
  return list.check(address, family(address))
}
