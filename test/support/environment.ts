import type { RedisConfig } from '@vwo-hub/hub'
import type { Environment } from '../../packages/hub/dist/environment/environment.js'
import { openStore, type Store } from '../../packages/hub/dist/environment/store.js'

interface Opened {
  readonly handle: Environment
  readonly store: Store
}

/** An environment whose Redis nothing has connected to. */
export function unconnectedEnvironment(where: string | RedisConfig, name: string): Opened {
  const config: RedisConfig = typeof where === 'string' ? { kind: 'standalone', url: where } : where
  const store = openStore(config, { name: 'test', prefix: 'vwo' })
  return { store, handle: store.environment(name) }
}

/** Opens an environment as a hub does. */
export async function openEnvironment(where: string | RedisConfig, name: string): Promise<Opened> {
  const opened = unconnectedEnvironment(where, name)
  await opened.store.connect()
  return opened
}
