import type { RedisConfig } from '@vwo-hub/hub'
import type { Environment } from '../../packages/hub/dist/environment/environment.js'
import { openStore, type Store } from '../../packages/hub/dist/environment/store.js'

/** Opens an environment as a hub does. */
export async function openEnvironment(
  where: string | RedisConfig,
  name: string,
): Promise<{ readonly handle: Environment; readonly store: Store }> {
  const config: RedisConfig = typeof where === 'string' ? { kind: 'standalone', url: where } : where
  const store = openStore(config, { name: 'test', prefix: 'vwo' })
  await store.connect()
  return { store, handle: store.environment(name) }
}
