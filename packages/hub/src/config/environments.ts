import type { EnvironmentConfig, EnvironmentDefaults } from './hub-config.ts'
import { DEFAULT_GUARD, type GuardConfig } from '../flow/guard.ts'
import { readEnvironmentsFile } from './file.ts'
import {
  accountId,
  baseUrl,
  DEFAULT_BASE_URL,
  environmentName,
  guardReleaseAfterMs,
  oneOf,
  productName,
  secret,
  secretList,
  trueOrFalse,
} from './values.ts'
import { products } from '../product/products.ts'
import type { Variables } from './variables.ts'

/** The one environment of the `VWO_*` variables, or those of the file that `HUB_CONFIG` names. */
export function readEnvironments(variables: Variables): EnvironmentConfig[] {
  const path = variables.text('HUB_CONFIG')
  const common = {
    guard: readGuard(variables),
    preview: variables.value('HUB_PREVIEW', oneOf(['on', 'off']), 'off') === 'on',
  }
  if (path === undefined) return [readEnvironment(variables, common)]
  const secrets = ['VWO_SDK_KEY', 'VWO_WEBHOOK_SECRETS']
  const own = [
    'VWO_ENVIRONMENT',
    'VWO_PRODUCT',
    'VWO_ACCOUNT_ID',
    ...secrets,
    'VWO_ALLOW_UNAUTHENTICATED_WEBHOOKS',
    'VWO_BASE_URL',
  ].filter((name) => (secrets.includes(name) ? variables.isSecretSet(name) : variables.isSet(name)))
  if (own.length > 0) {
    variables.fault(`HUB_CONFIG: expected either it or the VWO_* variables, got also ${own.join(', ')}.`)
  }
  return readEnvironmentsFile(path, variables, common)
}

function readGuard(variables: Variables): GuardConfig {
  return {
    isOn: variables.value('HUB_GUARD', oneOf(['on', 'off']), 'on') === 'on',
    releaseAfterMs: variables.value(
      'HUB_GUARD_RELEASE_AFTER_MS',
      guardReleaseAfterMs,
      DEFAULT_GUARD.releaseAfterMs,
    ),
  }
}

function readEnvironment(variables: Variables, common: EnvironmentDefaults): EnvironmentConfig {
  for (const [name, isSet, what] of [
    ['VWO_ACCOUNT_ID', variables.isSet, 'the number of the VWO account'],
    ['VWO_SDK_KEY', variables.isSecretSet, 'the sdkKey of the environment at VWO'],
  ] as const) {
    if (!isSet(name)) {
      variables.fault(
        `${name}: expected ${what} (or HUB_CONFIG, a file with many environments), got nothing.`,
      )
    }
  }
  const isAllowed = variables.value('VWO_ALLOW_UNAUTHENTICATED_WEBHOOKS', trueOrFalse, false)
  const hasSecrets = variables.isSecretSet('VWO_WEBHOOK_SECRETS')
  if (!hasSecrets && !isAllowed) {
    variables.fault(
      'VWO_WEBHOOK_SECRETS: expected the secret that VWO sends in x-vwo-auth, got nothing. ' +
        'To take webhooks from anybody, set VWO_ALLOW_UNAUTHENTICATED_WEBHOOKS=true.',
    )
  }
  if (hasSecrets && isAllowed) {
    variables.warn(
      'VWO_ALLOW_UNAUTHENTICATED_WEBHOOKS: has no effect, because VWO_WEBHOOK_SECRETS is set and webhooks without one of them are refused.',
    )
  }
  const product = variables.value('VWO_PRODUCT', productName, 'fullstack')
  const { sdk } = products[product]
  return {
    name: variables.value('VWO_ENVIRONMENT', environmentName, 'default'),
    product,
    accountId: variables.value('VWO_ACCOUNT_ID', accountId, ''),
    sdkKey: variables.secret('VWO_SDK_KEY', secret, ''),
    webhookSecrets: variables.secret('VWO_WEBHOOK_SECRETS', secretList, []),
    allowUnauthenticatedWebhooks: isAllowed,
    baseUrl: variables.value('VWO_BASE_URL', baseUrl, DEFAULT_BASE_URL),
    sdk: sdk.name,
    sdkVersion: sdk.version,
    ...common,
  }
}
