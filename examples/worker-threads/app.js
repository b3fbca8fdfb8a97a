import { Worker, isMainThread, parentPort, threadId } from 'node:worker_threads'
import vwoSdk from 'vwo-node-sdk'
import { createClient } from '@vwo-hub/client'

if (isMainThread) {
  const workers = [1, 2].map(() => new Worker(new URL(import.meta.url)))
  for (const worker of workers) worker.on('message', (text) => console.log(text))
  process.once('SIGTERM', () => {
    for (const worker of workers) worker.postMessage('close')
  })
} else {
  // A client in each thread that decides: memory is not shared, and each reports to operators by its own name.
  const vwo = createClient({
    environment: process.env.VWO_ENVIRONMENT ?? 'default',
    redis: process.env.REDIS_URL,
    sdk: vwoSdk,
    launch: { isDevelopmentMode: process.env.NODE_ENV !== 'production' }, // then nothing is sent to VWO
    node: `example-${process.pid}-${threadId}`,
  })
  vwo.on('update', () => {
    parentPort.postMessage(`thread ${threadId}, button: ${vwo.activate('checkout-button', 'ann')}`)
  })
  parentPort.once('message', () => vwo.close())
}
