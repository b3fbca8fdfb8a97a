// One app process whose clients follow an environment, for tests of what operators see. Ends when its parent does.
import { createClient } from '@vwo-hub/client'
import vwoSdk from 'vwo-node-sdk'

const { REDIS_URL, ENVIRONMENT, CLOCK_SHIFT_MS = '0', CLIENTS = '1' } = process.env

// A host whose clock is wrong, as far as a program can tell.
const shiftMs = Number(CLOCK_SHIFT_MS)
const rightNow = Date.now
Date.now = () => rightNow() + shiftMs

const clients = Array.from({ length: Number(CLIENTS) }, () =>
  createClient({
    environment: ENVIRONMENT,
    redis: REDIS_URL,
    sdk: vwoSdk,
    launch: { isDevelopmentMode: true },
  }),
)
for (const client of clients) {
  client.on('update', ({ revision, lagMs }) => process.send?.({ revision, lagMs }))
}
process.on('disconnect', () => process.exit())
process.on(
  'message',
  () => void Promise.all(clients.map((client) => client.close())).then(() => process.disconnect()),
)
