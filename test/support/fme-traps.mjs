// An app with the FME SDK by itself that walks into traps, one after the other, each with an SDK that was loaded anew. Prints
// what became of it in each, as JSON: it `dies` where Node would have ended it; of what has no end Node does end it.
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

const [, , names = '', text = ''] = process.argv
const require = createRequire(import.meta.url)
const entry = require.resolve(process.env.VWO_FME_SDK ?? 'vwo-fme-node-sdk')
const settings = JSON.parse(text)
for (const level of ['info', 'warn', 'error', 'log']) console[level] = () => {}

let requests = 0
let status = 200
const answer = () => ({
  getStatusCode: () => status,
  getData: () => ({}),
  getError: () => (status === 200 ? undefined : 'refused'),
  getTotalAttempts: () => 0,
  getHeaders: () => ({}),
})
// As the SDK's own client: what the request throws, it throws at once.
const send = (request) => {
  request.getOptions()
  requests += 1
  return status === 200 ? Promise.resolve(answer()) : Promise.reject(answer())
}
const start = (options = {}) =>
  require(entry).init({
    ...{ accountId: '123456', sdkKey: 'the-sdk-key', settings, pollInterval: 2 ** 31 - 1 },
    ...{
      isUsageStatsDisabled: true,
      isBatchingDisabled: true,
      network: { client: { GET: send, POST: send } },
    },
    ...options,
  })
const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
const isOn = async (client, context = { id: 'ann' }) => {
  const flag = await client.getFlag('checkout', context)
  await turns()
  return flag.isEnabled()
}
const orPending = (promise, ms) =>
  Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms, 'pending'))])
const fail = () => {
  throw new Error('mine')
}
const traps = {
  'storage.get throws': async () => isOn(await start({ storage: { get: fail, set: async () => {} } })),
  'storage.get answers at once': async () =>
    isOn(await start({ storage: { get: () => null, set: async () => {} } })),
  'storage.get never answers': async () =>
    orPending(isOn(await start({ storage: { get: () => new Promise(() => {}), set: async () => {} } })), 200),
  'storage.set answers at once': async () =>
    isOn(await start({ storage: { get: async () => null, set: () => {} } })),
  'storage.set throws': async () => isOn(await start({ storage: { get: async () => null, set: fail } })),
  'a BigInt in an event': async () => {
    const tracked = await (await start()).trackEvent('purchase', { id: 'ann' }, { amount: 5n })
    await turns()
    return tracked
  },
  'flushCallback throws': async () => {
    const client = await start({
      isBatchingDisabled: false,
      batchEventData: { eventsPerRequest: 50, requestTimeInterval: 600, flushCallback: fail },
    })
    await isOn(client)
    // What ends the process may take its time on a slow machine.
    await orPending(client.flushEvents(), 10_000)
    await turns()
    return 'lives'
  },
  'integrations.callback throws': async () => isOn(await start({ integrations: { callback: fail } })),
  'integrations.callback is async': async () => {
    let calls = 0
    await isOn(
      await start({
        integrations: {
          callback: async () => {
            calls += 1
          },
        },
      }),
    )
    return calls
  },
  'a user agent that cannot be decoded': async () => {
    const flag = await (await start()).getFlag('forced', { id: 'ann', userAgent: '100%' })
    await turns()
    return flag.isEnabled()
  },
  'a user 0': async () => isOn(await start(), { id: 0 }),
  'a variable that is changed': async () => {
    const client = await start()
    ;(await client.getFlag('checkout', { id: 'ann' })).getVariable('box').of = 'changed'
    return (await client.getFlag('checkout', { id: 'bert' })).getVariable('box').of
  },
  'getFlag taken off the client': async () => {
    const { getFlag } = await start()
    return isOn({ getFlag }).catch(() => 'rejects')
  },
  'an unknown flag, ten times': async () => {
    const client = await start()
    await turns()
    requests = 0
    for (let call = 0; call < 10; call += 1) await client.getFlag('nothing', { id: 'ann' })
    await turns()
    return requests
  },
  'a collector that refuses batches': async () => {
    status = 400
    const client = await start({
      isBatchingDisabled: false,
      batchEventData: { eventsPerRequest: 5, requestTimeInterval: 600 },
    })
    for (let call = 0; call < 40; call += 1) {
      await client.getFlag('checkout', { id: `user-${call}` })
      if (requests > 1000) break
      await new Promise((resolve) => setImmediate(resolve))
    }
    return requests
  },
  'a rollout in a group': async () => {
    const { id } = settings.campaigns[0]
    const grouped = { ...settings, groups: { 1: { campaigns: [`${id}`] } }, campaignGroups: { [id]: 1 } }
    return isOn(await start({ settings: grouped }))
  },
  'addresses at the same time': async () => {
    const client = await start()
    const flags = await Promise.all(
      ['10.0.0.1', '10.0.0.2'].map((ipAddress) => client.getFlag('inside', { id: 'ann', ipAddress })),
    )
    return flags.map((flag) => flag.isEnabled())
  },
}

let die = () => {}
process.on('uncaughtException', () => die())

async function walkInto(trap) {
  for (const path of Object.keys(require.cache))
    if (path.startsWith(dirname(entry))) delete require.cache[path]
  requests = 0
  status = 200
  const death = new Promise((resolve) => {
    die = () => resolve('dies')
  })
  const outcome = await Promise.race([traps[trap](), death])
  // What fails after that is its own, too.
  await turns()
  return [trap, outcome]
}

const outcomes = []
for (const trap of JSON.parse(names)) outcomes.push(await walkInto(trap))
process.stdout.write(JSON.stringify(Object.fromEntries(outcomes)), () => process.exit(0))
