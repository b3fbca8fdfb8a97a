/**
 * An app process with several clients, for the chaos suite: tells each swap, and again and again what each client
 * decides, as lines of JSON on standard output. Ends when its standard input does.
 *
 *     node clients.mjs '{"clientModule":"file:///…","clients":[…]}'
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'

/** How often decisions are told, in milliseconds. */
const everyMs = 250

const { clientModule, clients } = JSON.parse(process.argv[2] ?? '')
const { createClient } = await import(clientModule)
const { createFmeClient } = await import(clientModule.replace(/client(\.m?js)$/, 'fme$1'))
const require = createRequire(clientModule)

/** Finer than a millisecond: what a client does and what it then decides keep their order. */
const now = () => performance.timeOrigin + performance.now()
const tell = (event) => process.stdout.write(`${JSON.stringify({ at: now(), ...event })}\n`)

process.on('uncaughtExceptionMonitor', (error, origin) => {
  tell({ kind: 'complaint', text: `${origin}: ${error?.stack ?? error}` })
})
process.stdin.on('end', () => process.exit()).resume()

const user = 'anyone'
const answered = {
  getStatusCode: () => 200,
  getData: () => ({}),
  getError() {},
  getTotalAttempts: () => 0,
  getHeaders: () => ({}),
}
const nowhere = { GET: async () => answered, POST: async () => answered }

/** Of each product: a client, which sends nothing to the real VWO and does not print, and what it decides. */
const products = {
  fullstack: (options) => {
    const vwo = createClient({
      ...options,
      sdk: require('vwo-node-sdk'),
      launch: { isDevelopmentMode: true, logging: { logger: { log() {} } } },
    })
    const decided = () => ({
      serial: vwo.getFeatureVariableValue('serial', 'serial', user),
      variation: vwo.getVariationName('variation', user),
      isOdd: vwo.isFeatureEnabled('odd', user),
    })
    return { vwo, decided }
  },
  fme: (options) => {
    const vwo = createFmeClient({
      ...options,
      sdk: require('vwo-fme-node-sdk'),
      options: { network: { client: nowhere }, logger: { transports: [{ log() {} }] } },
    })
    // All begin at once, by one revision.
    const decided = async () => {
      const flags = ['serial', 'variation', 'odd'].map((key) => vwo.getFlag(key, { id: user }))
      const [serial, variation, odd] = await Promise.all(flags)
      return {
        serial: serial.getVariable('serial', null),
        variation: variation.getVariable('name', null),
        isOdd: odd.isEnabled(),
      }
    }
    return { vwo, decided }
  },
}

const told = clients.map(({ client, product, ...options }) => {
  const common = { client, product }
  tell({ kind: 'client', ...common, phase: 'starts', hasCacheFile: existsSync(options.cacheFile) })
  const { vwo, decided } = products[product](options)
  const decide = async () => {
    const { revision } = vwo.status
    const at = now()
    tell({ kind: 'decision', ...common, revision, at, decided: await decided() })
  }
  vwo.on('update', ({ revision, previousRevision, source }) => {
    tell({ kind: 'swap', ...common, revision, previousRevision, source })
    void decide()
  })
  vwo.on('error', ({ code, message }) => tell({ kind: 'log', text: `${client}: ${code}: ${message}` }))
  const settle = async () => {
    const { revision, source } = await vwo.ready({ timeoutMs: 5000 })
    tell({ kind: 'client', ...common, phase: 'settled', revision, source })
    void decide()
  }
  void settle()
  return decide
})

setInterval(() => {
  for (const decide of told) void decide()
}, everyMs)
