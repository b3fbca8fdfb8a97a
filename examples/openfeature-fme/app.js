import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk'
import { init } from 'vwo-fme-node-sdk'
import { createFmeClient } from '@vwo-hub/client/fme'
import { createProvider } from '@vwo-hub/client/openfeature'

const taken = async () => ({ getStatusCode: () => 200 })

const vwo = createFmeClient({
  environment: process.env.VWO_ENVIRONMENT ?? 'default',
  redis: process.env.REDIS_URL,
  sdk: { init },
  // Every decision is an event for VWO: these go nowhere but in production.
  options: process.env.NODE_ENV === 'production' ? {} : { network: { client: { GET: taken, POST: taken } } },
})
await OpenFeature.setProviderAndWait(createProvider(vwo))
const flags = OpenFeature.getClient()

async function decide() {
  const context = { targetingKey: 'ann', plan: 'gold' }
  console.log('new search:', await flags.getBooleanValue('new-search', false, context))
  console.log('button:', await flags.getStringValue('checkout-button.label', 'Buy', context))
  console.log('all of it:', await flags.getObjectDetails('checkout-button', {}, context))
}

flags.addHandler(ProviderEvents.ConfigurationChanged, () => void decide())
await decide()
process.once('SIGTERM', () => OpenFeature.close()) // closes the client, too
