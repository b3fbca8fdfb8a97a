/**
 * What a node says about itself when it reports.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { hostname } from 'node:os'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'

/** What does not change for the life of a client. */
export interface NodeIdentity {
  readonly id: string
  readonly host: string
  readonly pid: number
  /** The app's copy of the SDK: `vwo-node-sdk/1.73.0`; without its version where that cannot be found out. */
  readonly sdk: string
  /** The version of this package; empty where that cannot be found out. */
  readonly client: string
}

/** A node's name is part of a key, and shown to people. */
export const nodeNameSchema = z
  .string()
  .regex(/^[\w.:-]{1,100}$/, 'expected 1 to 100 of a-z, A-Z, 0-9, ".", "_", ":", "-"')

/**
 * @param sdk - The app's `vwo-node-sdk`.
 * @param name - Of the node. Default `<host>-<pid>-<4 random digits>`: a process can have several clients.
 */
export function identityOf(sdk: object, name?: string): NodeIdentity {
  const host = hostname()
  return {
    id: name ?? `${host}-${process.pid}-${randomBytes(2).toString('hex')}`,
    host,
    pid: process.pid,
    sdk: ['vwo-node-sdk', versionOfSdk(sdk)].filter(Boolean).join('/'),
    client: versionIn('@vwo-hub/client', import.meta.url),
  }
}

/**
 * The SDK does not tell its version, and the copy that this package would find need not be the one the app has: the
 * module that was loaded says where that is from. Modules of the app may hand on the same.
 */
function versionOfSdk(sdk: object): string {
  const given = 'default' in sdk ? sdk.default : sdk
  return orEmpty(() => {
    const loaded = Object.values(createRequire(import.meta.url).cache).filter((each) => each !== undefined)
    const ofSdk = loaded.filter((module) => module.exports === given)
    return ofSdk.map(({ filename }) => versionIn('vwo-node-sdk', pathToFileURL(filename))).find(Boolean) ?? ''
  })
}

/** The version in the manifest of a package, where that is one above the directory of the module. */
function versionIn(name: string, module: string | URL): string {
  const manifest = z.object({ name: z.literal(name), version: z.string() })
  return orEmpty(() => {
    const text = readFileSync(new URL('../../package.json', module), 'utf8')
    return manifest.parse(JSON.parse(text)).version
  })
}

/** Bundled apps have no manifests, or only their own, and perhaps no `import.meta`: nothing depends on it. */
function orEmpty(find: () => string): string {
  try {
    return find()
  } catch {
    return ''
  }
}
