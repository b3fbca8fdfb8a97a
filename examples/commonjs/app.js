const vwoSdk = require('vwo-node-sdk')
const { createClient } = require('@vwo-hub/client')

const vwo = createClient({
  environment: process.env.VWO_ENVIRONMENT ?? 'default',
  redis: process.env.REDIS_URL,
  sdk: vwoSdk,
  launch: { isDevelopmentMode: process.env.NODE_ENV !== 'production' }, // then nothing is sent to VWO
})

const decide = () => console.log('button:', vwo.activate('checkout-button', 'ann'))

vwo.on('error', ({ code, message }) => console.error(code, message))
vwo.on('update', ({ revision, summary }) => {
  console.log('revision', revision, summary ?? '')
  decide()
})
vwo.ready({ timeoutMs: 2000 }).then(({ state, reason }) => {
  if (state !== 'ready') console.log(state, reason?.message)
})

process.once('SIGTERM', () => vwo.close())
