import type { HubConfig } from './hub-config.ts'
import { host, integer, isLoopback, LEAST_SECRET_LENGTH, port, secret } from './values.ts'
import type { Variables } from './variables.ts'

export function readListeners(variables: Variables) {
  const maxConnections = variables.value(
    'HUB_MAX_CONNECTIONS',
    integer(10, 100_000, 'connections'),
    undefined,
  )
  const appHost = variables.value('HUB_APP_HOST', host, '0.0.0.0')
  const appPort = variables.value('HUB_APP_PORT', port, undefined)
  const listeners = {
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
  const { port: publicPort, adminPort } = listeners
  for (const [name, own, other, itsPort] of [
    ['HUB_APP_PORT', appPort, 'HUB_PORT', publicPort],
    ['HUB_APP_PORT', appPort, 'HUB_ADMIN_PORT', adminPort],
    ['HUB_ADMIN_PORT', adminPort, 'HUB_PORT', publicPort],
  ] as const) {
    if (own === 0 || own !== itsPort) continue
    variables.fault(`${name}: expected another port than ${other}, got ${own} for both.`)
  }
  return listeners
}

/** Whoever can reach the listener can guess: what a person makes up is guessed. */
function checkToken(
  variables: Variables,
  { adminHost, adminToken }: Pick<HubConfig, 'adminHost' | 'adminToken'>,
): void {
  if (isLoopback(adminHost)) return
  const got = variables.isSecretSet('HUB_ADMIN_TOKEN') ? adminToken?.length : 0
  // One that is faulty has been told.
  if (got === undefined || got >= LEAST_SECRET_LENGTH) return
  variables.fault(
    `HUB_ADMIN_TOKEN: expected a secret of at least ${LEAST_SECRET_LENGTH} characters, because HUB_ADMIN_HOST (${adminHost}) is not a loopback address, got ${got === 0 ? 'nothing' : `${got} characters`}.`,
  )
}
