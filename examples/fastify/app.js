import Fastify from 'fastify'
import vwoSdk from 'vwo-node-sdk'
import { createClient } from '@vwo-hub/client'

const app = Fastify({ logger: true })

const vwo = createClient({
  environment: process.env.VWO_ENVIRONMENT ?? 'default',
  redis: process.env.REDIS_URL,
  sdk: vwoSdk,
  launch: { isDevelopmentMode: process.env.NODE_ENV !== 'production' }, // then nothing is sent to VWO
  log: app.log, // pino's
})
app.decorate('vwo', vwo)
app.addHook('onReady', async () => {
  await vwo.ready({ timeoutMs: 2000 }) // never throws: without settings it decides null and recovers by itself
})
app.addHook('onClose', async () => {
  await vwo.close() // events on their way have arrived then
})

app.get('/checkout', async (request) => ({
  button: app.vwo.activate('checkout-button', String(request.query.user)) ?? 'Control',
}))

console.log(await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' }))
process.once('SIGTERM', () => app.close())
