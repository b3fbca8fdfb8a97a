import vwoSdk from 'vwo-node-sdk'
import { createClient, type Client, type Update } from '@vwo-hub/client'

const vwo: Client = createClient({
  environment: process.env['VWO_ENVIRONMENT'] ?? 'default',
  redis: process.env['REDIS_URL'],
  sdk: vwoSdk,
  launch: { isDevelopmentMode: process.env['NODE_ENV'] !== 'production' }, // then nothing is sent to VWO
})

function button(user: string): 'Control' | 'Green' {
  return vwo.activate('checkout-button', user) === 'Green' ? 'Green' : 'Control'
}

function tell({ revision, lagMs }: Update): void {
  console.log(`revision ${revision}, ${lagMs ?? 0} ms after it was published`)
  console.log('button:', vwo.activate('checkout-button', 'ann'), 'shown as', button('ann'))
  for (const { key, variations } of vwo.campaigns()) console.log(key, variations.join(', '))
}

vwo.on('update', tell)
vwo.on('error', ({ code, message }) => console.error(code, message))
process.once('SIGTERM', () => void vwo.close())
