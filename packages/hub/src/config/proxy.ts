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
