import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk'
import vwoSdk from 'vwo-node-sdk'
import { createClient } from '@vwo-hub/client'
import { createProvider } from '@vwo-hub/client/openfeature'

const vwo = createClient({
  environment: process.env.VWO_ENVIRONMENT ?? 'default',
  redis: process.env.REDIS_URL,
  sdk: vwoSdk,
  launch: { isDevelopmentMode: process.env.NODE_ENV !== 'production' }, // then nothing is sent to VWO
})
await OpenFeature.setProviderAndWait(createProvider(vwo))
const flags = OpenFeature.getClient()

async function decide() {
  const context = { targetingKey: 'ann', plan: 'gold' }
  console.log('button:', await flags.getStringValue('checkout-button', 'Control', context))
  console.log('new search:', await flags.getBooleanValue('new-search', false, context))
  console.log('results:', await flags.getNumberValue('new-search.resultsPerPage', 10, context))
}

flags.addHandler(ProviderEvents.ConfigurationChanged, () => void decide())
await decide()
process.once('SIGTERM', () => OpenFeature.close()) // closes the client, too
