import express from 'express'
import { init } from 'vwo-fme-node-sdk'
import { createFmeClient } from '@vwo-hub/client/fme'

const taken = async () => ({ getStatusCode: () => 200 })

const vwo = createFmeClient({
  environment: process.env.VWO_ENVIRONMENT ?? 'default',
  redis: process.env.REDIS_URL,
  sdk: { init },
  // Every decision is an event for VWO: these go nowhere but in production.
  options: process.env.NODE_ENV === 'production' ? {} : { network: { client: { GET: taken, POST: taken } } },
  log: console,
})

const app = express()
app.get('/checkout', async (request, response) => {
  const context = { id: String(request.query.user), customVariables: { plan: request.query.plan } }
  const flag = await vwo.getFlag('checkout-button', context)
  response.json({ button: flag.getVariable('label', 'Buy'), variation: flag.getVariationKey() })
})
app.post('/purchase', async (request, response) => {
  await vwo.trackEvent('purchase', { id: String(request.query.user) })
  response.sendStatus(204)
})

await vwo.ready({ timeoutMs: 2000 }) // never throws: without settings every flag is off, and it recovers by itself
const server = app.listen(Number(process.env.PORT ?? 3000), () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})

process.once('SIGTERM', () => {
  server.close(async () => {
    await vwo.close() // events on their way have arrived then
  })
})
