import { HubError } from '../../errors.ts'

/**
 * The apps use the client, which a hub itself has no use for, and so does not install.
 *
 * @throws {@link HubError} `config-invalid` where it is not installed.
 */
export function findClient(name = '@vwo-hub/client'): void {
  try {
    import.meta.resolve(name)
  } catch (error) {
    throw new HubError(
      'config-invalid',
      `Cannot start the apps of "vwo-hub dev": expected the package ${name}, it is not installed. Install it beside the hub: npm install ${name}`,
      { cause: error },
    )
  }
}
