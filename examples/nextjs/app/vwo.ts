import vwoSdk from 'vwo-node-sdk'
import { createClient, type Client } from '@vwo-hub/client'

// Next loads a module more than once in one process: the client is kept where all of them find it.
const kept = globalThis as { vwo?: Client }

/** Made by the first request that needs it: `next build` loads this module, and has no Redis. */
export async function vwo(): Promise<Client> {
  kept.vwo ??= createClient({
    environment: process.env.VWO_ENVIRONMENT ?? 'default',
    redis: process.env.REDIS_URL,
    sdk: vwoSdk,
    launch: { isDevelopmentMode: process.env.VWO_SENDS !== 'true' }, // then nothing is sent to VWO
    log: console,
  })
  await kept.vwo.ready({ timeoutMs: 2000 }) // never throws: without settings it decides null and recovers by itself
  return kept.vwo
}
