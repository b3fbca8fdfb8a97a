/**
 * Versions of packages. Bundled apps have no manifests, or only their own, and perhaps no `import.meta`: nothing depends on it.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { sep } from 'node:path'
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
export const versionOfLoaded = (name: string, isLoaded: (exported: unknown) => boolean): string =>
  orEmpty(() => versionsOf(name, ({ exports }) => isLoaded(exports))[0] ?? '')

/**
 * The version of all modules of a package that are listed as loaded; empty where there are none, or of more than one.
 * ES modules are listed nowhere: the CommonJS modules that they load tell of them.
 */
export const versionOfListed = (name: string): string =>
  orEmpty(() => {
    const versions = new Set(versionsOf(name, ({ filename }) => filename.split(sep).includes(name)))
    return versions.size === 1 ? [...versions].join('') : ''
  })

function versionsOf(name: string, isMeant: (module: NodeJS.Module) => boolean): readonly string[] {
  return Object.values(createRequire(import.meta.url).cache)
    .filter((each) => each !== undefined)
    .filter(isMeant)
    .map((each) => orEmpty(() => versionIn(name, new URL('../package.json', pathToFileURL(each.filename)))))
    .filter(Boolean)
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
