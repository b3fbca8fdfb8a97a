import { BlockList, isIP } from 'node:net'
import type { ProxyConfig } from './hub-config.ts'
import { isPercentEncoded, value } from './values.ts'
import { expectationOf, shown, type Variables } from './variables.ts'

const proxyUrl = value('a URL such as http://proxy:3128 (percent-encode % as %25)', (text) => {
  const full = text.includes('://') ? text : `http://${text}`
  const url = URL.canParse(full) ? new URL(full) : undefined
  const isGood =
    url !== undefined &&
    ['http:', 'https:'].includes(url.protocol) &&
    [url.username, url.password].every(isPercentEncoded) &&
    url.hostname !== ''
  return isGood ? url.href : undefined
})

/**
 * The proxy that the machine's other programs use, too: named in small letters or in large ones. One that the hub cannot
 * use may not be meant for it, and does not keep it from starting.
 */
export function readProxy(variables: Variables): ProxyConfig | undefined {
  const of = (name: string): string | undefined => {
    const given = variables.text(name.toLowerCase()) ?? variables.text(name)
    if (given === undefined) return undefined
    const { data, error } = proxyUrl.safeParse(given)
    if (error !== undefined)
      variables.warn(
        `${name}: expected ${expectationOf(error)}, got ${shown(given)}; VWO is asked without a proxy.`,
      )
    return data
  }
  const [https, http] = [of('HTTPS_PROXY'), of('HTTP_PROXY')]
  if (https === undefined && http === undefined) return undefined
  const except = variables.text('no_proxy') ?? variables.text('NO_PROXY') ?? ''
  return {
    ...(https !== undefined && { https }),
    ...(http !== undefined && { http }),
    except: except.split(/[\s,]+/).filter((entry) => entry !== ''),
  }
}

/** The proxy that a URL is reached by, as curl would have it. */
export function proxyFor(target: URL, proxies: ProxyConfig | undefined): URL | undefined {
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
