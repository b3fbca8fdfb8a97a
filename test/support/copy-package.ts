import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { compileFunction } from 'node:vm'

type Run = (
  exports: object,
  require: (name: string) => unknown,
  ...rest: [module: object, file: string, folder: string]
) => void

interface File {
  readonly require: NodeJS.Require
  readonly run: Run
  /** What the names are that it asks for: to look for them takes longer than all else. */
  readonly paths: Map<string, string>
}

/** Read and compiled once for all copies, which is what takes the time. */
const files = new Map<string, File>()

function fileAt(path: string): File {
  const known = files.get(path)
  if (known) return known
  const names = ['exports', 'require', 'module', '__filename', '__dirname']
  const run = compileFunction(readFileSync(path, 'utf8'), names, { filename: path }) as Run
  const file = { require: createRequire(path), run, paths: new Map<string, string>() }
  files.set(path, file)
  return file
}

/**
 * Runs the CommonJS modules of a package anew, as Node does, but past its cache: neither this copy nor what it loads later
 * meets another one. What the package takes from others is shared.
 *
 * @param entry - The path of its entry: what is below its folder is of the copy.
 */
export function copyPackage(entry: string): { readonly exports: unknown; inside(path: string): unknown } {
  const folder = dirname(entry)
  const modules = new Map<string, { exports: object }>()
  const load = (path: string): unknown => {
    const loaded = modules.get(path)
    if (loaded) return loaded.exports
    const { require, run, paths } = fileAt(path)
    const module = { exports: {} }
    modules.set(path, module)
    const requireInside = (name: string): unknown => {
      const found = paths.get(name) ?? require.resolve(name)
      paths.set(name, found)
      return found.startsWith(folder) ? load(found) : (require(name) as unknown)
    }
    run.call(module.exports, module.exports, requireInside, module, path, dirname(path))
    return module.exports
  }
  return { exports: load(entry), inside: (path) => modules.get(path)?.exports }
}
