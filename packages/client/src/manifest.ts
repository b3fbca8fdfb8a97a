/**
 * Versions of packages. Bundled apps have no manifests, or only their own, and perhaps no `import.meta`: nothing depends on it.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** The version of this package; empty where that cannot be found out. */
export const versionOfClient = (): string =>
  orEmpty(() => versionIn('@vwo-hub/client', new URL('../package.json', import.meta.url)))

/**
 * The version of the package that something was loaded from; empty where that cannot be found out. An SDK does not tell
 * it, and the copy that this package would find need not be the one the app has: the module that was loaded says where
 * that is from. Modules of the app may hand on the same.
 *
 * @param name - Of the package.
 * @param isLoaded - Whether one of its modules, in a folder below the manifest, exports this.
 */
export function versionOfLoaded(name: string, isLoaded: (exported: unknown) => boolean): string {
  return orEmpty(() => {
    const modules = Object.values(createRequire(import.meta.url).cache).filter((each) => each !== undefined)
    const versions = modules
      .filter(({ exports }) => isLoaded(exports))
      .map(({ filename }) =>
        orEmpty(() => versionIn(name, new URL('../package.json', pathToFileURL(filename)))),
      )
    return versions.find(Boolean) ?? ''
  })
}

/** @throws Where there is no such manifest, or it is of another package. */
function versionIn(name: string, manifest: URL): string {
  const found = JSON.parse(readFileSync(manifest, 'utf8')) as {
    readonly name?: unknown
    readonly version?: unknown
  }
  if (found.name === name && typeof found.version === 'string') return found.version
  throw new Error(`expected the manifest of ${name}`)
}

function orEmpty(find: () => string): string {
  try {
    return find()
  } catch {
    return ''
  }
}
