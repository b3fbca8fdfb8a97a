import { check } from '../../flow/check.ts'
import type { EnvironmentConfig, HubConfig } from '../../config/hub-config.ts'
import { HubError } from '../../errors.ts'
import { createFetcher } from '../../flow/fetch.ts'
import { counted } from '../../text/words.ts'
import { openJudging, productOf } from '../../product/products.ts'
import { type Finding, failure, ok, warning } from './finding.ts'

type Limits = Pick<HubConfig, 'fetchTimeoutMs' | 'maxSettingsBytes' | 'proxy' | 'isStrict'>

const remedies: Partial<Record<HubError['code'], string>> = {
  'vwo-unreachable':
    'see that this machine may reach that host (HTTPS_PROXY, firewall, DNS), and VWO_BASE_URL',
  'vwo-refused': 'compare VWO_ACCOUNT_ID and VWO_SDK_KEY with the environment at VWO',
  'settings-refused': 'compare VWO_ACCOUNT_ID, VWO_SDK_KEY and VWO_BASE_URL with the environment at VWO',
  'config-invalid': 'install the packages again',
}

/**
 * Asks VWO as a hub does, and checks what it answers.
 *
 * @param published - The sha256 of what is published; undefined when nothing is, or when that is not known.
 */
export async function checkVwo(
  environment: EnvironmentConfig,
  limits: Limits,
  published: string | undefined,
): Promise<Finding[]> {
  const { name, accountId, sdkKey, baseUrl } = environment
  const product = productOf(environment.product)
  const { fetchTimeoutMs, maxSettingsBytes, proxy } = limits
  const fetcher = createFetcher({
    product,
    environment,
    timeoutMs: fetchTimeoutMs,
    maxBytes: maxSettingsBytes,
    proxy,
  })
  const judging = openJudging(product, limits)
  try {
    const fetched = await fetcher.fetchSettings({ endpoint: 'settings' })
    const body = fetched.kind === 'body' ? fetched.body : ''
    const { sha256, units, warnings } = await check(judging, name, { body, owner: { accountId, sdkKey } })
    const way = fetcher.proxy === undefined ? '' : ` by the proxy ${fetcher.proxy}`
    const where = `${new URL(baseUrl).host} answers in ${Math.round(fetched.durationMs)} ms${way}`
    const findings = [
      ok('vwo', `${where}: the key is accepted, account ${accountId}, ${counted(units, product.unit)}`),
    ]
    for (const { text } of warnings.told)
      findings.push(warning('vwo', `it has a fault that the SDK survives: ${text}`, 'mend it at VWO'))
    if (published !== undefined && published !== sha256) {
      const remedy = `have it published: vwo-hub refresh ${name}`
      findings.push(warning('vwo', 'it has something else than what is published', remedy))
    }
    return findings
  } catch (error) {
    if (!(error instanceof HubError)) throw error
    return [failure('vwo', error.message, remedies[error.code] ?? 'see the message')]
  } finally {
    fetcher.close()
    await judging.close()
  }
}
