import { isIPv4 } from 'node:net'
import type { HubConfig } from './hub-config.ts'
import { host, integer, port, secret } from './values.ts'
import type { Variables } from './variables.ts'

type Listeners = Pick<
  HubConfig,
  'host' | 'port' | 'adminHost' | 'adminPort' | 'adminToken' | 'maxConnections' | 'keepAliveMs'
>

export function readListeners(variables: Variables): Listeners {
  const maxConnections = variables.value(
    'HUB_MAX_CONNECTIONS',
    integer(10, 100_000, 'connections'),
    undefined,
  )
  const listeners: Listeners = {
    host: variables.value('HUB_HOST', host, '0.0.0.0'),
    port: variables.value('HUB_PORT', port, 8080),
    adminHost: variables.value('HUB_ADMIN_HOST', host, '127.0.0.1'),
    adminPort: variables.value('HUB_ADMIN_PORT', port, 8081),
    adminToken: variables.secret('HUB_ADMIN_TOKEN', secret, undefined),
    keepAliveMs: variables.value('HUB_KEEP_ALIVE_MS', integer(1000, 600_000, 'milliseconds'), 75_000),
    ...(maxConnections !== undefined && { maxConnections }),
  }
  if (!isLoopback(listeners.adminHost) && !variables.isSet('HUB_ADMIN_TOKEN')) {
    variables.fault(
      `HUB_ADMIN_TOKEN: expected a secret, because HUB_ADMIN_HOST (${listeners.adminHost}) is not a loopback address, got nothing.`,
    )
  }
  if (listeners.port !== 0 && listeners.port === listeners.adminPort) {
    variables.fault(`HUB_ADMIN_PORT: expected another port than HUB_PORT, got ${listeners.port} for both.`)
  }
  return listeners
}

function isLoopback(address: string): boolean {
  return (isIPv4(address) && address.startsWith('127.')) || address === '::1' || address === 'localhost'
}
