// An app that decides, closes its client, and exits at once, or when nothing is left to do. Its events go to a collector on this machine.
import https from 'node:https'
import { createClient } from '@vwo-hub/client'
import vwoSdk from 'vwo-node-sdk'

const { SETTINGS, LAUNCH, COLLECTOR_PORT, CLOSES, EXITS, CALLS } = process.env
const collector = { hostname: '127.0.0.1', port: Number(COLLECTOR_PORT), rejectUnauthorized: false }
// The SDK does not let one choose a host.
for (const name of ['request', 'get']) {
  const real = https[name]
  https[name] = (options, onResponse) => real({ ...options, ...collector }, onResponse)
}

const vwo = createClient({
  environment: 'prod',
  redis: 'redis://127.0.0.1:1',
  sdk: vwoSdk,
  launch: JSON.parse(LAUNCH),
  initialSettings: SETTINGS,
})
await vwo.ready()
const calls = {
  activate: (user) => vwo.activate('checkout', user),
  track: (user) => vwo.track(null, user, 'bought'),
  push: (user) => vwo.push({ plan: 'gold', age: 42 }, user),
}
for (const name of CALLS.split(','))
  for (const user of ['ann', 'bob', 'cem', 'dan', 'eve']) void calls[name](user)
if (CLOSES === 'true') await vwo.close()
if (EXITS === 'true') process.exit()
