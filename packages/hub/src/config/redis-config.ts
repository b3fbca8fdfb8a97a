import { createSecureContext } from 'node:tls'
import type { RedisAccess, RedisConfig, RedisTls } from './hub-config.ts'
import { addresses, host, isPercentEncoded, natMap, trueOrFalse, value } from './values.ts'
import { reasonOf, type Variables } from './variables.ts'

/** Stands for a configuration that is faulty anyway. */
const none: RedisConfig = { kind: 'standalone', url: 'redis://localhost' }

const redisUrl = value(
  'a URL such as redis://user:password@host:6379/0 (rediss:// for TLS; percent-encode % as %25)',
  (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    const isGood =
      url !== undefined &&
      ['redis:', 'rediss:'].includes(url.protocol) &&
      [url.username, url.password].every(isPercentEncoded) &&
      url.hostname !== '' &&
      /^(?:\/\d*)?$/.test(url.pathname)
    return isGood ? text : undefined
  },
)

const name = value('1 to 128 characters without spaces', (text) =>
  /^\S{1,128}$/.test(text) ? text : undefined,
)

/** A password of Redis may be anything. */
const password = value('a password', (text) => text)

/** What else there is to sentinels. {@link readStandalone} has a fault for `REDIS_NAT_MAP`, which clusters have, too. */
const sentinelSecret = 'REDIS_SENTINEL_PASSWORD'
const sentinelVariables = [
  ...['REDIS_SENTINEL_MASTER', 'REDIS_SENTINEL_USERNAME'],
  ...[sentinelSecret, `${sentinelSecret}_FILE`],
]

export function readRedis(variables: Variables): RedisConfig {
  const ways = [
    ['REDIS_URL', readStandalone, variables.isSecretSet],
    ['REDIS_SENTINELS', readSentinel, variables.isSet],
    ['REDIS_CLUSTER_NODES', readCluster, variables.isSet],
  ] as const
  const given = ways.filter(([variable, , isSet]) => isSet(variable))
  const [first] = given
  if (first === undefined || given.length > 1) {
    const got = given.length === 0 ? 'none of them' : given.map(([variable]) => variable).join(' and ')
    variables.fault(
      `REDIS_URL: expected one of REDIS_URL, REDIS_SENTINELS (with REDIS_SENTINEL_MASTER) and REDIS_CLUSTER_NODES, got ${got}.`,
    )
  }
  const [way, read] = first ?? ways[0]
  if (way !== 'REDIS_SENTINELS') warnOfSentinelsAlone(way, variables)
  return read(variables)
}

/** They exist, and are not misspelt. */
function warnOfSentinelsAlone(way: string, variables: Variables): void {
  for (const variable of sentinelVariables.filter((each) => variables.text(each) !== undefined))
    variables.warn(`${variable}: has no effect with ${way}; it is read with REDIS_SENTINELS alone.`)
}

function readStandalone(variables: Variables): RedisConfig {
  const url = variables.secret('REDIS_URL', redisUrl, undefined)
  const { username, password: secretOfUser, tls } = readAccess(variables)
  if (variables.isSet('REDIS_NAT_MAP'))
    variables.fault(
      'REDIS_NAT_MAP: expected it with REDIS_SENTINELS or REDIS_CLUSTER_NODES, which tell addresses, got it with REDIS_URL.',
    )
  if (url === undefined) return none
  const parsed = new URL(url)
  if (tls !== undefined && parsed.protocol !== 'rediss:') {
    variables.fault(
      'REDIS_URL: expected rediss://, because REDIS_TLS or another REDIS_TLS_* variable is set, got redis://.',
    )
  }
  if (username !== undefined || secretOfUser !== undefined) {
    if (parsed.username !== '' || parsed.password !== '') {
      variables.fault(
        'REDIS_URL: expected user and password in it or in REDIS_USERNAME and REDIS_PASSWORD, got them in both.',
      )
    }
    parsed.username = encodeURIComponent(username ?? '')
    parsed.password = encodeURIComponent(secretOfUser ?? '')
    return { kind: 'standalone', url: parsed.href, ...(tls && { tls }) }
  }
  return { kind: 'standalone', url, ...(tls && { tls }) }
}

function readSentinel(variables: Variables): RedisConfig {
  const master = variables.value('REDIS_SENTINEL_MASTER', name, undefined)
  if (!variables.isSet('REDIS_SENTINEL_MASTER')) {
    variables.fault(
      'REDIS_SENTINEL_MASTER: expected the name of the master that the sentinels watch, got nothing.',
    )
  }
  const sentinelUsername = variables.value('REDIS_SENTINEL_USERNAME', name, undefined)
  const sentinelPassword = variables.secret(sentinelSecret, password, undefined)
  return {
    kind: 'sentinel',
    sentinels: variables.value('REDIS_SENTINELS', addresses(26_379), []),
    master: master ?? '',
    ...readAccess(variables),
    ...readNatMap(variables),
    ...(sentinelUsername !== undefined && { sentinelUsername }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
  }
}

function readCluster(variables: Variables): RedisConfig {
  return {
    kind: 'cluster',
    nodes: variables.value('REDIS_CLUSTER_NODES', addresses(6379), []),
    ...readAccess(variables),
    ...readNatMap(variables),
  }
}

function readNatMap(variables: Variables): Pick<Extract<RedisConfig, { kind: 'cluster' }>, 'natMap'> {
  const translations = variables.value('REDIS_NAT_MAP', natMap, undefined)
  return translations === undefined ? {} : { natMap: translations }
}

function readAccess(variables: Variables): RedisAccess {
  const username = variables.value('REDIS_USERNAME', name, undefined)
  const secretOfUser = variables.secret('REDIS_PASSWORD', password, undefined)
  const tls = readTls(variables)
  return {
    ...(username !== undefined && { username }),
    ...(secretOfUser !== undefined && { password: secretOfUser }),
    ...(tls !== undefined && { tls }),
  }
}

function readTls(variables: Variables): RedisTls | undefined {
  const isOn = variables.value('REDIS_TLS', trueOrFalse, false)
  const ca = readPem('REDIS_TLS_CA_FILE', 'PEM certificates', /-----BEGIN CERTIFICATE-----/, variables)
  const cert = readPem('REDIS_TLS_CERT_FILE', 'a PEM certificate', /-----BEGIN CERTIFICATE-----/, variables)
  const key = readPem(
    'REDIS_TLS_KEY_FILE',
    'a PEM key that needs no passphrase',
    /-----BEGIN (?!ENCRYPTED)(?:\w+ )?PRIVATE KEY-----/,
    variables,
  )
  const servername = variables.value('REDIS_TLS_SERVERNAME', host, undefined)
  const hasOne = [cert, key].map((pem) => pem !== undefined)
  if (hasOne[0] !== hasOne[1])
    variables.fault(
      `REDIS_TLS_CERT_FILE: expected both it and REDIS_TLS_KEY_FILE, got ${hasOne[0] ? 'it' : 'REDIS_TLS_KEY_FILE'} alone.`,
    )
  if (cert !== undefined && key !== undefined && !isPair(cert.text, key.text))
    variables.fault(
      'REDIS_TLS_KEY_FILE: expected the key of the certificate in REDIS_TLS_CERT_FILE, got another one.',
    )
  if (!isOn && [ca, cert, key, servername].every((each) => each === undefined)) return undefined
  return {
    ...(ca && { ca: ca.text }),
    ...(cert && { cert: cert.text }),
    ...(key && { key: key.text }),
    ...(servername !== undefined && { servername }),
  }
}

/** The content of a file; empty where the file is faulty, undefined where none is named. */
function readPem(
  variable: string,
  what: string,
  mark: RegExp,
  variables: Variables,
): { readonly text: string } | undefined {
  const path = variables.text(variable)
  if (path === undefined) return undefined
  try {
    const text = variables.readFile(path)
    if (mark.test(text)) return { text }
    variables.fault(`${variable}: expected a file with ${what}, got one without.`)
  } catch (error) {
    variables.fault(`${variable}: cannot read the file: ${reasonOf(error)}.`)
  }
  return { text: '' }
}

/** What is missing has been told of already. */
function isPair(cert: string, key: string): boolean {
  if (cert === '' || key === '') return true
  try {
    createSecureContext({ cert, key })
    return true
  } catch {
    return false
  }
}
