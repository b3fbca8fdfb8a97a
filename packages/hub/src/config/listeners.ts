import type { HubConfig } from './hub-config.ts'
import { host, integer, isLoopback, LEAST_SECRET_LENGTH, port, secret } from './values.ts'
import type { Variables } from './variables.ts'

type Listeners = Pick<
  HubConfig,
  | 'host'
  | 'port'
  | 'appHost'
  | 'appPort'
  | 'adminHost'
  | 'adminPort'
  | 'adminToken'
  | 'maxConnections'
  | 'keepAliveMs'
> &
  Required<Pick<HubConfig, 'drainMs' | 'staleAfterMs'>>

export function readListeners(variables: Variables): Listeners {
  const maxConnections = variables.value(
    'HUB_MAX_CONNECTIONS',
    integer(10, 100_000, 'connections'),
    undefined,
  )
  const appHost = variables.value('HUB_APP_HOST', host, '0.0.0.0')
  const appPort = variables.value('HUB_APP_PORT', port, undefined)
  const listeners: Listeners = {
    host: variables.value('HUB_HOST', host, '0.0.0.0'),
    port: variables.value('HUB_PORT', port, 8080),
    adminHost: variables.value('HUB_ADMIN_HOST', host, '127.0.0.1'),
    adminPort: variables.value('HUB_ADMIN_PORT', port, 8081),
    ...(appPort !== undefined && { appHost, appPort }),
    adminToken: variables.secret('HUB_ADMIN_TOKEN', secret, undefined),
    keepAliveMs: variables.value('HUB_KEEP_ALIVE_MS', integer(1000, 3_600_000, 'milliseconds'), 75_000),
    drainMs: variables.value(
      'HUB_DRAIN_MS',
      integer(100, 600_000, 'milliseconds', { orZero: 'no draining' }),
      2000,
    ),
    staleAfterMs: variables.value('HUB_STALE_AFTER_MS', integer(1000, 86_400_000, 'milliseconds'), 30_000),
    ...(maxConnections !== undefined && { maxConnections }),
  }
  checkToken(variables, listeners)
  for (const [name, other] of [
    ['HUB_PORT', listeners.port],
    ['HUB_ADMIN_PORT', listeners.adminPort],
  ] as const) {
    if (appPort === 0 || appPort !== other) continue
    variables.fault(`HUB_APP_PORT: expected another port than ${name}, got ${appPort} for both.`)
  }
  if (listeners.port !== 0 && listeners.port === listeners.adminPort) {
    variables.fault(`HUB_ADMIN_PORT: expected another port than HUB_PORT, got ${listeners.port} for both.`)
  }
  return listeners
}

/** Whoever can reach the listener can guess: what a person makes up is guessed. */
function checkToken(variables: Variables, { adminHost, adminToken }: Listeners): void {
  if (isLoopback(adminHost)) return
  const got = variables.isSet('HUB_ADMIN_TOKEN') ? adminToken?.length : 0
  // One that is faulty has been told.
  if (got === undefined || got >= LEAST_SECRET_LENGTH) return
  variables.fault(
    `HUB_ADMIN_TOKEN: expected a secret of at least ${LEAST_SECRET_LENGTH} characters, because HUB_ADMIN_HOST (${adminHost}) is not a loopback address, got ${got === 0 ? 'nothing' : `${got} characters`}.`,
  )
}
