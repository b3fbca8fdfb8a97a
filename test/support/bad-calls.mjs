// An app that gives the SDK what it cannot write into events. Tells the errors that it hears of, and whether it lives.
import https from 'node:https'
import { createClient } from '@vwo-hub/client'
import vwoSdk from 'vwo-node-sdk'

// As the real one, as far as it refuses what it is given; nothing leaves this process.
let sent = 0
https.request = ({ path }) => {
  if (/[^!-\u00FF]/.test(path)) throw new TypeError('Request path contains unescaped characters')
  return { on() {}, write() {}, end: () => (sent += 1) }
}

const vwo = createClient({
  environment: 'prod',
  redis: 'redis://127.0.0.1:1',
  sdk: vwoSdk,
  initialSettings: process.env.SETTINGS,
})
vwo.on('error', ({ code, message }) => {
  if (code === 'event-failed' && message.startsWith('Left out')) console.log(code, message.split('\n')[0])
})
await vwo.ready()
const circular = {}
circular.self = circular
void vwo.track('checkout', 'ann', 'bought', { eventProperties: { orderId: 10n } })
void vwo.track('checkout', 'bob', 'bought', { eventProperties: { orderId: 11n } })
void vwo.track('checkout', 'cem', 'bought', { eventProperties: circular })
void vwo.track('checkout', 'dan', 'bought', { revenueValue: 10n })
void vwo.track('checkout', 'eve', 'bought it all')
// Rejections that nobody hears would have ended the process by then.
setImmediate(() => {
  console.log(`sent ${sent}, and lives`)
  void vwo.close()
})
