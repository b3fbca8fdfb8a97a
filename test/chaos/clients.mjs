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
const vwoSdk = createRequire(clientModule)('vwo-node-sdk')

const tell = (event) => process.stdout.write(`${JSON.stringify({ at: Date.now(), ...event })}\n`)

process.on('uncaughtExceptionMonitor', (error, origin) => {
  tell({ kind: 'complaint', text: `${origin}: ${error?.stack ?? error}` })
})
process.stdin.on('end', () => process.exit()).resume()

const told = clients.map(({ client, ...options }) => {
  tell({ kind: 'client', client, phase: 'starts', hasCacheFile: existsSync(options.cacheFile) })
  const vwo = createClient({
    ...options,
    sdk: vwoSdk,
    // Nothing is sent to the real VWO, and the SDK does not print.
    launch: { isDevelopmentMode: true, logging: { logger: { log() {} } } },
  })
  const decide = () => {
    const user = 'anyone'
    const decided = {
      serial: vwo.getFeatureVariableValue('serial', 'serial', user),
      variation: vwo.getVariationName('variation', user),
      isOdd: vwo.isFeatureEnabled('odd', user),
    }
    tell({ kind: 'decision', client, revision: vwo.status.revision, decided })
  }
  vwo.on('update', ({ revision, previousRevision, source }) => {
    tell({ kind: 'swap', client, revision, previousRevision, source })
    decide()
  })
  vwo.on('error', ({ code, message }) => tell({ kind: 'log', text: `${client}: ${code}: ${message}` }))
  const settle = async () => {
    const { revision, source } = await vwo.ready({ timeoutMs: 5000 })
    tell({ kind: 'client', client, phase: 'settled', revision, source })
    decide()
  }
  void settle()
  return decide
})

setInterval(() => {
  for (const decide of told) decide()
}, everyMs)
