import express from 'express'
import vwoSdk from 'vwo-node-sdk'
import { createClient } from '@vwo-hub/client'

const vwo = createClient({
  environment: process.env.VWO_ENVIRONMENT ?? 'default',
  redis: process.env.REDIS_URL,
  sdk: vwoSdk,
  launch: { isDevelopmentMode: process.env.NODE_ENV !== 'production' }, // then nothing is sent to VWO
  log: console,
})

const app = express()
app.get('/checkout', (request, response) => {
  const user = String(request.query.user)
  response.json({ button: vwo.activate('checkout-button', user) ?? 'Control' })
})

await vwo.ready({ timeoutMs: 2000 }) // never throws: without settings it decides null and recovers by itself
const server = app.listen(Number(process.env.PORT ?? 3000), () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})

process.once('SIGTERM', () => {
  server.close(async () => {
    await vwo.close() // events on their way have arrived then
  })
})
